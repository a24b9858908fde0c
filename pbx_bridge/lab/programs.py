"""Starting and ending the lab's programs so that none outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pbx_bridge.lab.installation import find_program


async def start_program(
    *argv: str,
    output: Path | Literal["pipe"] | None = None,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a program in a session of its own (a Ctrl-C meant for us is not for it).

    The kernel ends it when the thread that started it ends, however that came about. ``output``
    takes its standard output and error: a file, a pipe, or nothing.
    """
    words = (find_program("setpriv"), "--pdeathsig", "KILL", *argv)
    variables = {**os.environ, "TZ": "UTC", **(environment or {})}
    if isinstance(output, Path):
        with output.open("ab") as sink:
            return await asyncio.create_subprocess_exec(
                *words,
                stdin=DEVNULL,
                stdout=sink,
                stderr=STDOUT,
                cwd=directory,
                env=variables,
                start_new_session=True,
            )
    return await asyncio.create_subprocess_exec(
        *words,
        stdin=DEVNULL,
        stdout=PIPE if output == "pipe" else DEVNULL,
        stderr=STDOUT if output == "pipe" else DEVNULL,
        cwd=directory,
        env=variables,
        start_new_session=True,
    )


async def end_program(
    program: Process, *, ask_with: int = signal.SIGTERM, patience_seconds: float = 5.0
) -> int:
    """Ask a program to end, insist with SIGKILL after ``patience_seconds``; return its status."""
    if program.returncode is None:
        program.send_signal(ask_with)
        try:
            async with asyncio.timeout(patience_seconds):
                return await program.wait()
        except TimeoutError:
            program.kill()
    return await program.wait()
