"""``init`` and ``check``: an administrator's first steps with his own PBX."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import phonenumbers
import typer
from rich.console import Console
from rich.text import Text

from pbx_bridge.commands.invocation import config_of
from pbx_bridge.commands.plain import visible
from pbx_bridge.setup.check import check_everything
from pbx_bridge.setup.findings import Finding, Verdict
from pbx_bridge.setup.init import next_steps, write_files

_SIGNS = {Verdict.GOOD: "✓", Verdict.DOUBTFUL: "!", Verdict.BAD: "✗"}
_STYLES = {Verdict.GOOD: "green", Verdict.DOUBTFUL: "yellow", Verdict.BAD: "red"}


def _country(text: str | None) -> str | None:
    if text is not None and text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise typer.BadParameter(f"{text!r}: expected a two-letter country code: AU, DE, US")
    return text.upper() if text else None


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="For example pbx-bridge.")],
    country: Annotated[
        str | None, typer.Option(callback=_country, help="Whose national numbers: AU, DE, US.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace files that are there.")] = False,
) -> None:
    """Write a commented configuration and the Asterisk snippets into a folder."""
    for path in write_files(folder, country=country, is_forced=force):
        typer.echo(f"wrote {path}")
    typer.echo()
    typer.echo(next_steps(folder))


def check(
    context: typer.Context,
    is_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say in a line each whether everything is as the bridge needs it. Changes nothing."""
    findings = asyncio.run(check_everything(config_of(context)))
    if is_json:
        typer.echo(msgspec.json.encode(findings))
    else:
        _print(findings)
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        sign = Text(_SIGNS[finding.verdict], style=_STYLES[finding.verdict])
        line = f" {finding.subject:{width}}  {visible(finding.what)}"
        console.print(sign.append(line, style="default"), soft_wrap=True)
        if finding.advice:
            console.print(Text(f"  {'':{width}}  {visible(finding.advice)}"), soft_wrap=True)
