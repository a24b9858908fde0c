"""``pbx-bridge demo`` and ``pbx-bridge demo call``."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from rich.console import Console

from pbx_bridge.demo.hotline import CallRequest, ask_for_call
from pbx_bridge.demo.opening import Demo
from pbx_bridge.demo.script import WITHHELD
from pbx_bridge.demo.stage import Stage
from pbx_bridge.errors import ConfigError

demo = typer.Typer(
    help="A small company with a real Asterisk, real phones and real calls.",
    invoke_without_command=True,
    add_completion=False,
)
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@demo.callback()
def open_demo(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option(help="Play the scripted calls, judge them and stop; exit 1 if wrong.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print one JSON document instead.")
    ] = False,
    store: Annotated[
        str | None, typer.Option(help="The URL of an empty store; without one, a temporary SQLite.")
    ] = None,
) -> None:
    """Bring up a company with a real Asterisk, real phones and real calls, and stay for yours."""
    if context.invoked_subcommand is not None:
        return
    if as_json and not once:
        raise ConfigError("--json needs --once", hint="pbx-bridge demo --once --json")
    with Stage(Console(quiet=as_json)) as stage:
        play = Demo(stage)
        stopped_by = asyncio.run(
            _run_until_stopped(play.play_once(store) if once else play.stay_open(store))
        )
    if play.report is None:
        raise typer.Exit(128 + (stopped_by or 0))
    if as_json:
        print(json.dumps(play.report.to_json(), indent=2))
    raise typer.Exit(0 if play.report.is_right else 1)


async def _run_until_stopped(work: Coroutine[Any, Any, None]) -> int | None:
    """Run until done or told to stop, and clean up to the end; return the signal's number.

    A second Ctrl-C does not break off the cleaning up, which takes some seconds at most.
    """
    running = asyncio.ensure_future(work)
    received: list[int] = []

    def stop(number: int) -> None:
        if not received:
            received.append(number)
            running.cancel()

    for number in _STOPPING:
        if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # as nohup wishes
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await running
    except asyncio.CancelledError:
        if not received:
            raise
    return received[0] if received else None


@demo.command()
def call(
    number: Annotated[str, typer.Option("--from", help="Who calls.")] = "0491571266",
    to: Annotated[str, typer.Option("--to", help="The number that he dials.")] = "0255500101",
    name: Annotated[str | None, typer.Option(help="The name that his network sends.")] = None,
    seconds: Annotated[float, typer.Option(help="How long he talks.")] = 5.0,
    withheld: Annotated[bool, typer.Option("--withheld", help="He withholds his number.")] = False,
) -> None:
    """Call into the demo that runs in another terminal."""
    caller = WITHHELD if withheld else number
    request = CallRequest(caller=caller, dials=to, name=name, seconds=seconds)
    for line in asyncio.run(ask_for_call(request)):
        print(line)
