"""``backfill``: journals that Asterisk wrote at any time, through the one door."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pbx_bridge import app
from pbx_bridge.asterisk.journal import Place
from pbx_bridge.backfilling import BackfillCounts
from pbx_bridge.calls.events import EventKind
from pbx_bridge.commands.invocation import config_of, errors, tell
from pbx_bridge.commands.outside_lines import explain_no_inbound, has_inbound_calls
from pbx_bridge.commands.plain import visible
from pbx_bridge.config import Config, PbxConfig
from pbx_bridge.errors import PbxBridgeError

_STDIN = "-"
_OWN_FILES = 256
"""More than the store, its pipes and what is sorted on disk take."""
_NO_JOURNAL = (
    "No row of it is a journal's: those have 19 fields with commas between them and times with "
    "their zone, as dialplan/cel_custom_pbx_bridge.conf and cel_pbx_bridge.conf write them."
)
_NEEDED = frozenset(
    {
        EventKind.CHANNEL_STARTED,
        EventKind.CHANNEL_ANSWERED,
        EventKind.CHANNEL_HUNG_UP,
        EventKind.BRIDGE_ENTERED,
        EventKind.BRIDGE_LEFT,
        EventKind.APP_STARTED,
    }
)
"""Kinds of events without which calls are told wrong, or poorly."""
_TELLING_ROWS = 200
"""Some ten calls: in fewer rows it may be chance that a kind is missing."""
_MISSING = (
    "it holds no {}: unless nobody ever lifted a phone, events = in Asterisk's cel.conf does not "
    "name them, and who spoke with whom, or why not, is told wrong"
)
_SHORT_ROW = "the row lacks its last fields, and with them what they would tell"


def backfill(
    context: typer.Context,
    journals: Annotated[
        list[str], typer.Argument(metavar="JOURNAL...", help="Files, or - for standard input.")
    ],
    pbx: Annotated[str | None, typer.Option(help="The [[pbx]] they are from.")] = None,
) -> None:
    """Read whole journals into the store: rows of any order and age, as often as you like.

    Compressed ones (gzip, bzip2, xz) are read as they are.
    """
    config = config_of(context)
    _let_open(len(journals))
    with ExitStack() as stack:
        files = {name: stack.enter_context(_open(name)) for name in dict.fromkeys(journals)}
        for source, names in _by_pbx(config, pbx, list(files)).items():
            _backfill_one(config, _pbx_named(config, source), {n: files[n] for n in names})


def _backfill_one(config: Config, pbx: PbxConfig, files: Mapping[str, IO[bytes]]) -> None:
    with _progress(pbx.name) as on_progress:
        counts = asyncio.run(app.backfill(config, pbx, files.values(), on_progress=on_progress))
    journal = counts.journal
    tell(f"{pbx.name}: {_say(counts)}")
    if journal.bad_rows:
        where = _where(journal.first_problem_at, list(files))
        tell(f"  the first unreadable row: {where}{visible(journal.first_problem)}")
    if journal.short_rows:
        where = _where(journal.first_short_at, list(files))
        tell(f"  {where}{_SHORT_ROW} ({_many(journal.short_rows, 'row')})")
    if journal.bad_rows == journal.rows > 0:
        tell(f"  {_NO_JOURNAL}")
    if journal.rows >= _TELLING_ROWS and (missing := _NEEDED - journal.kinds):
        tell(f"  {_MISSING.format(', '.join(sorted(missing)))}")
    if counts.calls and not asyncio.run(has_inbound_calls(config, pbx)):
        for line in explain_no_inbound(pbx, [Path(name) for name in files if name != _STDIN]):
            tell(f"  {line}")


def _where(place: Place | None, files: Sequence[str]) -> str:
    """``journal.csv:18: ``, as compilers and editors write it."""
    if place is None:
        return ""
    line = f":{place.line}" if place.line else ""
    return f"{visible(files[place.file])}{line}: "


def _say(counts: BackfillCounts) -> str:
    rows, calls = _many(counts.journal.rows, "row"), _many(counts.calls, "call")
    return f"{rows}, {counts.journal.bad_rows} unreadable, {calls}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _let_open(files: int) -> None:
    """Let this process have so many files open, and its own, as far as the system allows.

    A user has 1,024 as a rule until he asks for more: fewer than two years of daily journals.
    """
    most, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files + _OWN_FILES
    if 0 <= most < wanted:
        wanted = min(wanted, allowed) if allowed >= 0 else wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, wanted), allowed))


def _open(name: str) -> IO[bytes]:
    if name == _STDIN:
        return sys.stdin.buffer
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed by the caller's stack
    except OSError as error:
        raise PbxBridgeError(
            f"{visible(name)}: {error.strerror}",
            hint="Nothing was read. `-` reads standard input.",
        ) from None
    return file


def _by_pbx(config: Config, name: str | None, journals: Sequence[str]) -> dict[str, list[str]]:
    """Which journals belong to which PBX: as told, else by their paths, else to the only one."""
    if name is not None or len(config.pbx) < 2:
        return {config.find_pbx(name).name: list(journals)}
    owners: dict[str, list[str]] = {}
    for journal in journals:
        owners.setdefault(_owner(config, journal), []).append(journal)
    return owners


def _owner(config: Config, journal: str) -> str:
    for pbx in config.pbx:
        if pbx.journal is not None and pbx.journal.resolve() == Path(journal).resolve():
            return pbx.name
    raise PbxBridgeError(
        f"{visible(journal)}: is no journal of a configured PBX, and there are several",
        hint=f"Say which one it is from: --pbx {' or '.join(pbx.name for pbx in config.pbx)}.",
    )


def _pbx_named(config: Config, name: str) -> PbxConfig:
    return config.find_pbx(name) if config.pbx else config.find_pbx()


@contextmanager
def _progress(pbx: str) -> Iterator[Callable[[BackfillCounts], None]]:
    """Show how far it is, on a terminal only."""
    if not errors.is_terminal:
        yield lambda counts: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(f"{pbx}: reading", total=None)
        yield lambda counts: progress.update(task, description=f"{pbx}: {_say(counts)}")
