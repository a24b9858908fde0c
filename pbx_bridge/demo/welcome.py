"""What the demo says around the calls: who the company is, how it went, how to call in."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from crm_store.records import RouteKind, TrackingNumber
from pbx_bridge.demo import company
from pbx_bridge.demo.office import Office
from pbx_bridge.demo.report import Report
from pbx_bridge.demo.telling import people_number
from pbx_bridge.lab.asterisk_config import PHONE_PASSWORD


def tell_company() -> Iterator[RenderableType]:
    """Who is called on which number, and which phones ring then."""
    yield Rule(Text(f"{company.NAME} opens its office", style="bold"), style="green")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("number", "printed on", "campaign", "rings"):
        table.add_column(heading, no_wrap=True)
    for number in company.tracking_numbers_on_any_day():
        table.add_row(
            people_number(number.raw), number.label, number.campaign or "", _say_rings(number)
        )
    yield table
    yield ""


def _say_rings(number: TrackingNumber) -> str:
    if number.label == company.CLOSED_LABEL:
        return "nobody: closed today"
    if number.route is RouteKind.QUEUE:
        return f"queue {number.targets[0]}: Alice, Bob, Carol"
    names = " and ".join(company.PHONES[extension] for extension in number.targets)
    return f"{names}, then voicemail" if number.voicemail_box else names


def tell_summary(report: Report) -> Iterator[RenderableType]:
    """How the scripted calls went."""
    count = len(report.calls)
    if report.is_right:
        yield Text(f"✓ {count} calls, all as they must be ({report.seconds:.0f} s)", "bold green")
        return
    yield Text(f"✗ {len(report.wrong)} of {count} calls came out wrong", "bold red")
    for judged in report.wrong:
        for problem in judged.verdict.problems:
            yield Text(f"  {judged.call.title}: {problem}", "red")


def tell_how_to_call(office: Office) -> Iterator[RenderableType]:
    """What the reader can do now."""
    yield ""
    yield Rule(Text("Now you", style="bold"), style="green")
    program = _program()
    command = f"{program} --config {office.config}"
    for heading, lines in (
        (
            "Call in, from another terminal (the desks answer by themselves):",
            (
                f"{program} demo call --from 0491570156 --to 0255500101",
                f"{program} demo call --withheld --to 1800160401 --seconds 10",
            ),
        ),
        (
            "Or register a softphone on this machine:",
            (
                f"server 127.0.0.1:{office.pbx.sip_port} (SIP over UDP), "
                f"password {PHONE_PASSWORD}, and as user name",
                f"  {company.YOURS_OUTSIDE}  to be a caller outside: dial any number above",
                f"  {company.YOURS}        to have a desk of your own: dial 1001, "
                "or any number outside",
                "  1001        to take Alice's desk, and see what she sees",
            ),
        ),
        (
            "Ask what the campaigns brought in:",
            tuple(f"{command} {what}" for what in ("calls", "leads", "activities")),
        ),
        (
            "Or work the leads over the REST API (docs/api.md):",
            (
                f"TOKEN=$({command} token create Alice --scope read --scope write)",
                'curl -H "Authorization: Bearer $TOKEN" '
                f"http://127.0.0.1:{office.web_port}/api/v1/leads",
            ),
        ),
        (
            "Look for yourself:",
            (
                f"recordings  {office.pbx.recordings}",
                f"voicemail   {office.pbx.voicemail}",
                f"journal     {office.pbx.journal}",
                f"log         {office.bridge_log}",
            ),
        ),
    ):
        yield Text(heading, style="bold")
        yield from (f"  {line}" for line in lines)
    yield ""


def _program() -> str:
    """The words that start this program from here: what the reader typed, or ``make`` did."""
    typed = Path(sys.argv[0])
    found = shutil.which(typed.name)
    is_on_path = found is not None and Path(found).resolve() == typed.resolve()
    return typed.name if is_on_path else f"{typed}" if typed.suffix == "" else "pbx-bridge"
