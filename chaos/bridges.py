"""``pbx-bridge run`` under a keeper that starts it again whenever it ends, as systemd does."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from chaos.proxy import Proxy
from pbx_bridge.lab import LabPbx
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.programs import end_program, start_program

_RESTART_SECONDS = 0.5
CANNOT_START = 2
"""The status with which it says that its store is away at its start."""
_CONFIG = """\
[store]
url = "{url}"
[numbers]
country = "AU"
[web]
port = {port}
[lists]
folder = "{folder}/lists"
[[pbx]]
name = "chaos"
ari_url = "http://127.0.0.1:{ari}"
ari_app = "pbx-bridge-{name}"
ari_password = "{pbx.secret}"
ami_port = {ami}
ami_secret = "{pbx.secret}"
trunks = ["PJSIP/trunk-*"]
journal = "{pbx.journal}"
recordings = "{pbx.recordings}"
"""


class KeptBridge:
    """One bridge process, with a proxy of its own before AMI and before ARI.

    ``ended_alone`` are the statuses with which it ended when nobody had asked it to; any but
    `CANNOT_START` is a crash.
    """

    def __init__(self, name: str, pbx: LabPbx, store_url: str, folder: Path) -> None:
        self.name = name
        self.ami, self.ari = Proxy(pbx.ami_port), Proxy(pbx.ports.http)
        self.config = folder / f"bridge-{name}.toml"
        self.log = folder / f"bridge-{name}.log"
        self.ended_alone: list[int] = []
        self._port = 0
        self._pbx, self._store_url, self._folder = pbx, store_url, folder
        self._process: Process | None = None
        self._may_run = asyncio.Event()
        self._may_run.set()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[KeptBridge]:
        """Run it for the length of a block, with its proxies."""
        async with self.ami, self.ari:
            self._port = free_port()
            self.config.write_text(
                _CONFIG.format(
                    url=self._store_url,
                    port=self._port,
                    folder=self._folder,
                    ari=self.ari.port,
                    ami=self.ami.port,
                    name=self.name,
                    pbx=self._pbx,
                ),
                "utf-8",
            )
            keeper = asyncio.create_task(self._keep())
            try:
                yield self
            finally:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
                if self._process is not None:
                    await end_program(self._process, patience_seconds=10.0)

    async def _keep(self) -> None:
        while True:
            await self._may_run.wait()
            self._process = await start_program(
                *(sys.executable, "-m", "pbx_bridge", "--config", str(self.config), "run"),
                output=self.log,
            )
            if not self._may_run.is_set():
                self._process.kill()
            status = await self._process.wait()
            if self._may_run.is_set():
                self.ended_alone.append(status)
                await asyncio.sleep(_RESTART_SECONDS)

    async def end(self, how: signal.Signals) -> None:
        """End it with a signal; it stays away until `come_back`."""
        self._may_run.clear()
        if self._process is not None:
            await end_program(self._process, ask_with=how, patience_seconds=30.0)

    def come_back(self) -> None:
        """Start it again."""
        self._may_run.set()

    def send(self, what: signal.Signals) -> None:
        """Freeze it (SIGSTOP), let it go on (SIGCONT)."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(what)

    async def problem(self) -> str:
        """What keeps it from having told everything: "" when it is ready and no call is open."""
        base = f"http://127.0.0.1:{self._port}"
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as web:
                async with web.get(f"{base}/readyz") as answer:
                    if answer.status != 200:
                        return f"bridge {self.name} is not ready: {await answer.text()}"
                async with web.get(f"{base}/metrics") as answer:
                    open_calls = _open_calls(await answer.text())
                    return f"bridge {self.name} has {open_calls} calls open" if open_calls else ""
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"bridge {self.name} does not answer: {error!r}"


def _open_calls(metrics: str) -> int:
    """The calls that it has to tell of; none of its own where another bridge writes them down."""
    values = {
        name.partition("{")[0]: float(value)
        for name, _, value in (line.rpartition(" ") for line in metrics.splitlines())
        if name.startswith("pbx_bridge_")
    }
    is_writing = values.get("pbx_bridge_writes_calls", 1.0) > 0
    return int(values.get("pbx_bridge_open_calls", 0.0)) if is_writing else 0
