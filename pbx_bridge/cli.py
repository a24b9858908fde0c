"""The command line: ``pbx-bridge --config FILE.toml COMMAND``."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crm_store.errors import StoreError
from pbx_bridge import app
from pbx_bridge.config import Config, load_config
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.logs import set_up_logs

cli = typer.Typer(
    name="pbx-bridge",
    help="Joins an Asterisk phone system to a CRM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_errors = Console(stderr=True)


@cli.callback()
def _read_config(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="The configuration file.", envvar="PBX_BRIDGE_CONFIG")
    ] = None,
) -> None:
    context.obj = config


def config_of(context: typer.Context) -> Config:
    """The checked configuration of this invocation; read when a command needs it."""
    config = load_config(context.obj)
    set_up_logs(config.log.level, config.log.format)
    return config


@cli.command()
def run(context: typer.Context) -> None:
    """Run the bridge until it is told to stop."""
    asyncio.run(_run_until_stopped(config_of(context)))


async def _run_until_stopped(config: Config) -> None:
    bridge = asyncio.ensure_future(app.run_bridge(config))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, bridge.cancel)
    try:
        await bridge
    except asyncio.CancelledError:
        return


def main() -> None:
    """Run the command line; errors are told in words, with what to do about them."""
    try:
        cli()
    except (PbxBridgeError, StoreError) as error:
        _errors.print(f"[red]error:[/red] {error}", markup=True, highlight=False)
        if error.hint:
            _errors.print(f"  {error.hint}", highlight=False)
        sys.exit(2)
