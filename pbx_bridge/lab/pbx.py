"""A real Asterisk of one's own, for as long as a block lasts."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from pbx_bridge.lab.asterisk_config import PHONES, LabPorts, compose_config
from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.installation import find_asterisk
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.programs import end_program, start_program

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class LabPbx:
    """One Asterisk on loopback with ports and folders of its own; several can run at once.

    ``files`` maps names under ``/etc/asterisk`` to their texts and replaces the lab's defaults
    (``pbx_bridge/lab/etc``), which know a trunk at 127.0.0.2 in the context ``from-trunk``,
    ``phones`` with mailboxes in the context ``internal``, and an AMI and ARI user ``pbx-bridge``.
    Every ``CHANGE_ME`` in a text becomes this PBX's ``secret``. Ports and folders outlive
    ``restart()``, ``kill()`` and ``start()``; leaving the block deletes the folders unless the
    caller chose ``directory``. ``version`` is that of Asterisk: 22, or 16.
    """

    def __init__(
        self,
        files: Mapping[str, str] | None = None,
        *,
        phones: Mapping[str, str] = PHONES,
        directory: Path | None = None,
        verbosity: int = 3,
        version: int = 22,
    ) -> None:
        self._files = dict(files or {})
        self._verbosity = verbosity
        self._chosen_directory = directory
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._process: Process | None = None
        self._installation = find_asterisk(version)
        self.phones = dict(phones)
        self.secret = secrets.token_hex(8)
        self.ports = LabPorts(
            sip=free_port(), http=free_port(), ami=free_port(), trunk=free_port("127.0.0.2")
        )
        self.directory = Path()

    @property
    def sip_port(self) -> int:
        """Where trunk and phones send their SIP: UDP on 127.0.0.1."""
        return self.ports.sip

    @property
    def trunk_port(self) -> int:
        """Where this PBX sends calls for the outside world: UDP on 127.0.0.2."""
        return self.ports.trunk

    @property
    def ari_url(self) -> str:
        """The base of the ARI, without ``/ari``."""
        return f"http://127.0.0.1:{self.ports.http}"

    @property
    def ami_port(self) -> int:
        """The AMI's TCP port on 127.0.0.1."""
        return self.ports.ami

    @property
    def journal(self) -> Path:
        """The CEL journal; it exists from the first event on."""
        return self.directory / "log/cel-custom/pbx_bridge.csv"

    @property
    def recordings(self) -> Path:
        """The folder in which MixMonitor puts relative file names."""
        return self.directory / "spool/monitor"

    @property
    def voicemail(self) -> Path:
        """The folder of the mailboxes: ``default/1001/INBOX/msg0000.wav``."""
        return self.directory / "spool/voicemail"

    @property
    def log(self) -> Path:
        """Asterisk's own log."""
        return self.directory / "log/messages.log"

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def __aenter__(self) -> Self:
        """Make the folders and start; LabError when Asterisk does not come up."""
        if self._chosen_directory is None:
            # Asterisk's control socket lives below: its path must stay under 108 characters.
            self._temporary = tempfile.TemporaryDirectory(prefix="pbx-bridge-lab-", dir="/tmp")
            self.directory = Path(self._temporary.name)
        else:
            self.directory = self._chosen_directory.absolute()
        try:
            self._make_folders()
            self.write_config(self._files)
            await self.start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and delete the folders unless the caller chose them."""
        await self.stop()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _make_folders(self) -> None:
        for folder in (
            "etc",
            "lib/keys",
            "log/cel-custom",
            "run",
            "spool/monitor",
            "spool/outgoing",
            "spool/tmp",
            "spool/voicemail",
        ):
            (self.directory / folder).mkdir(parents=True, exist_ok=True)

    def write_config(self, files: Mapping[str, str]) -> None:
        """Replace the texts given at the start; they count from the next start or reload on."""
        self._files |= files
        texts = compose_config(
            self._files,
            installation=self._installation,
            directory=self.directory,
            ports=self.ports,
            phones=self.phones,
            secret=self.secret,
            verbosity=self._verbosity,
        )
        shutil.rmtree(self.directory / "etc")
        for name, text in texts.items():
            path = self.directory / "etc" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    async def start(self) -> None:
        """Start Asterisk and wait until it has fully booted; LabError when it does not."""
        if self.is_running:
            return
        self._process = await start_program(
            *self._command("-f"), output=self.directory / "log/output.log"
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._has_booted():
                    if not self.is_running:
                        raise self._failure(f"ended with status {self._process.returncode}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            await self.kill()
            raise self._failure(f"was not ready after {_START_SECONDS:.0f} s") from None

    async def stop(self) -> None:
        """End Asterisk as a shut-down of the machine would: calls are hung up and journaled."""
        if self._process is not None:
            await end_program(self._process, patience_seconds=_STOP_SECONDS)

    async def kill(self) -> None:
        """End Asterisk with SIGKILL, as a power cut would.

        Its database is written once a second: registrations younger than that are forgotten.
        """
        if self._process is not None:
            await end_program(self._process, ask_with=signal.SIGKILL)

    async def restart(self) -> None:
        """Stop and start again, on the same ports and folders."""
        await self.stop()
        await self.start()

    async def cli(self, command: str) -> str:
        """Return what Asterisk's command line answers; LabError when Asterisk does not run."""
        status, answer = await self._run_cli(command)
        if status != 0:
            raise self._failure(f"did not take the command {command!r}: {answer.strip()}")
        return answer

    async def _run_cli(self, command: str) -> tuple[int, str]:
        remote = await start_program(*self._command("-rx", command), output="pipe")
        try:
            answer, _ = await remote.communicate()
        except BaseException:
            await end_program(remote, ask_with=signal.SIGKILL)
            raise
        return remote.returncode or 0, _ANSI.sub("", answer.decode("utf-8", "replace"))

    async def _has_booted(self) -> bool:
        status, _ = await self._run_cli("core waitfullybooted")
        return status == 0

    def _command(self, *options: str) -> tuple[str, ...]:
        config = self.directory / "etc/asterisk.conf"
        return (*self._installation.command, "-C", str(config), *options)

    def _failure(self, what: str) -> LabError:
        lines: list[str] = []
        for log in (self.log, self.directory / "log/output.log"):
            if log.exists():
                lines += [line for line in log.read_text("utf-8", "replace").splitlines() if line]
        errors = [line for line in lines if "ERROR" in line] or lines
        return LabError(
            "\n  ".join([f"the lab's Asterisk {what}", *errors[-5:]]), hint=f"log: {self.log}"
        )
