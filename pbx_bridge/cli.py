"""The command line: ``pbx-bridge --config FILE.toml COMMAND``.

The commands are in ``commands/``, one module for each family.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from crm_store.errors import StoreError
from pbx_bridge.commands.asking import activities, calls, leads
from pbx_bridge.commands.backfilling import backfill
from pbx_bridge.commands.describing import openapi
from pbx_bridge.commands.invocation import tell
from pbx_bridge.commands.keeping import load, migrate
from pbx_bridge.commands.lists import export, import_list
from pbx_bridge.commands.privacy import privacy
from pbx_bridge.commands.running import run
from pbx_bridge.commands.setting_up import check, init
from pbx_bridge.commands.users import token, user
from pbx_bridge.demo.command import demo
from pbx_bridge.errors import PbxBridgeError

_OWN_ERRORS = (PbxBridgeError, StoreError)

cli = typer.Typer(
    name="pbx-bridge",
    help="Joins an Asterisk phone system to a CRM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (run, init, check, load, migrate, backfill, calls, leads, activities, openapi):
    cli.command()(command)
cli.command("import")(import_list)
cli.command()(export)
cli.add_typer(demo, name="demo")
cli.add_typer(user, name="user")
cli.add_typer(token, name="token")
cli.add_typer(privacy, name="privacy")


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(version("pbx-bridge"))
        raise typer.Exit


@cli.callback()
def _take_options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="The configuration file.", envvar="PBX_BRIDGE_CONFIG")
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Say which version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    context.obj = config


def main() -> None:
    """Run the command line; errors are told in words, with what to do about them."""
    try:
        cli()
    except _OWN_ERRORS as error:
        _tell_error(error)
    except ExceptionGroup as group:
        ours, others = group.split(_OWN_ERRORS)
        if ours is None or others is not None:
            raise
        for leaf in _leaves(ours):
            _tell_error(leaf)
    else:
        return
    sys.exit(2)


def _tell_error(error: Exception) -> None:
    tell(f"error: {error}", style="red")
    if hint := getattr(error, "hint", ""):
        tell(f"  {hint}")


def _leaves(group: ExceptionGroup[Exception]) -> list[Exception]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, ExceptionGroup) else [error])
    ]
