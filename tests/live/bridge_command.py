"""``pbx-bridge run`` as an administrator starts it: a process to be stopped, frozen and killed."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bridge import POLL_SECONDS, Office, ask_ready, wait_until_ready

from pbx_bridge.lab.programs import end_program, start_program


class BridgeCommand:
    """``pbx-bridge run`` as a process of its own: to be stopped, frozen and killed.

    ``prelude`` is Python that runs before the command line does: a bridge that dies by itself.
    ``is_ready``: starting waits for every link and the journal's backlog.
    """

    def __init__(
        self,
        office: Office,
        folder: Path,
        *,
        prelude: str = "",
        is_ready: bool = True,
        **sections: dict[str, Any],
    ) -> None:
        settings = office.settings(**sections)
        self.config = folder / "pbx-bridge.toml"
        self.log_file = folder / "bridge.log"
        self.web_port: int = settings["web"]["port"]
        self.config.write_text(_toml(settings), "utf-8")
        self._prelude = prelude
        self._is_ready = is_ready
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        """Start, and wait until it is ready."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, whatever state it is in."""
        await self.kill()

    @property
    def log(self) -> str:
        """What it wrote to standard error, over all of its lives."""
        return self.log_file.read_text("utf-8") if self.log_file.exists() else ""

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self, *, prelude: str | None = None) -> None:
        """Start it (again)."""
        words = ("-m", "pbx_bridge")
        code = self._prelude if prelude is None else prelude
        if code:
            words = ("-c", f"{code}\nfrom pbx_bridge.cli import main\nmain()")
        self._process = await start_program(
            sys.executable, *words, "--config", str(self.config), "run", output=self.log_file
        )
        await (self.wait_until_ready() if self._is_ready else self._wait_until_serving())

    async def wait_until_ready(self) -> None:
        """Wait for every link; AssertionError with the end of its log when that takes too long."""
        try:
            await wait_until_ready(self.web_port, lambda: self.is_running)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log[-3000:]}") from None

    async def _wait_until_serving(self) -> None:
        while (await ask_ready(self.web_port))[0] == 0:
            assert self.is_running, self.log
            await asyncio.sleep(POLL_SECONDS)
        await asyncio.sleep(0.3)  # every link has been tried by now

    async def stop(self) -> int:
        """End it in good order (SIGTERM); return its status."""
        assert self._process is not None
        return await end_program(self._process)

    async def kill(self) -> None:
        """End it without a word (SIGKILL)."""
        if self._process is not None:
            await end_program(self._process, ask_with=signal.SIGKILL)

    async def wait(self) -> None:
        """Wait until it has ended by itself."""
        assert self._process is not None
        async with asyncio.timeout(10):
            await self._process.wait()

    def freeze(self) -> None:
        """Let it hang without dying (SIGSTOP)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


def _toml(settings: dict[str, Any]) -> str:
    """Write settings as TOML, in which JSON's texts, numbers and lists mean the same."""
    lines = []
    for name, section in settings.items():
        is_list = isinstance(section, list)
        for one in section if is_list else [section]:
            lines.append(f"[[{name}]]" if is_list else f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in one.items()]
    return "\n".join(lines) + "\n"
