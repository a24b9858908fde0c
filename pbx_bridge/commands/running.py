"""``run``: the bridge itself."""

from __future__ import annotations

import asyncio
import errno
import signal

import typer

from pbx_bridge import app
from pbx_bridge.commands.invocation import config_of
from pbx_bridge.config import Config
from pbx_bridge.errors import PbxBridgeError

_CANNOT_LISTEN = {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}


def run(context: typer.Context) -> None:
    """Run the bridge until it is told to stop."""
    config = config_of(context)
    try:
        asyncio.run(_run_until_stopped(config))
    except ExceptionGroup as group:
        if not group.subgroup(_is_refused_address):
            raise
        raise PbxBridgeError(
            f"cannot listen on {config.web.host}:{config.web.port}",
            hint="Is it taken (by another bridge)? [web] host and port say where to listen.",
        ) from group


def _is_refused_address(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in _CANNOT_LISTEN


async def _run_until_stopped(config: Config) -> None:
    bridge = asyncio.ensure_future(app.run_bridge(config))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, bridge.cancel)
    try:
        await bridge
    except asyncio.CancelledError:
        return
