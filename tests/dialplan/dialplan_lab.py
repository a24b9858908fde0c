"""A real Asterisk with the shipped dialplan, callers on Local channels, a scripted bridge."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from story import Row, Story, read_journal

from pbx_bridge.lab import LabPbx

ROOT = Path(__file__).parents[2]
NUMBER = "+4930901820"
ANSWERING = "Local/answer@test-phone/n"
SILENT = "Local/silent@test-phone/n"
BUSY = "Local/busy@test-phone/n"


def door(number: str, presentation: str = "allowed_not_screened") -> tuple[str, str]:
    """The door as CEL lists it; the bridge reads number and presentation from its arguments."""
    return ("StasisBroadcast", f"500,^pbx-bridge.*,inbound:{number}:{presentation}")


def etc_files() -> dict[str, str]:
    """Every text under /etc/asterisk, as an administrator lays it out.

    docker/asterisk's files with dialplan/ beside them as pbx-bridge/. The lab keeps its own phones
    and ports; extensions.conf and queues.conf here add phones that do as they are told.
    """
    lab_keeps = {"pjsip.conf", "rtp.conf", "voicemail.conf", "logger.conf"}
    shipped = {p.name: p.read_text() for p in (ROOT / "docker/asterisk").glob("*.conf")}
    files = {name: text for name, text in shipped.items() if name not in lab_keeps}
    files |= {p.name: p.read_text() for p in (ROOT / "tests/dialplan/etc").glob("*.conf")}
    files |= {f"pbx-bridge/{p.name}": p.read_text() for p in (ROOT / "dialplan").glob("*.conf")}
    for secret in ("CHANGE_ME_ARI_PASSWORD", "CHANGE_ME_AMI_SECRET"):
        files = {name: text.replace(secret, "CHANGE_ME") for name, text in files.items()}
    files["manager.conf"] += "\n[test]\nsecret=CHANGE_ME\nwrite=all\n"
    return files


class Ami:
    """Just enough AMI to originate, to set variables and to put into the database."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ids = itertools.count()
        self._lock = asyncio.Lock()

    async def send(self, action: str, **fields: str) -> None:
        """Send an action and wait for its success."""
        async with self._lock:
            mine = f"t{next(self._ids)}"
            fields = {"Action": action, "ActionID": mine, **fields}
            text = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
            self._writer.write(text.encode() + b"\r\n")
            while True:
                lines = (await self._reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
                answer = dict(ln.split(": ", 1) for ln in lines.split("\r\n") if ": " in ln)
                if answer.get("ActionID") == mine and "Response" in answer:
                    assert answer["Response"] == "Success", answer
                    return


class DialplanLab:
    """The PBX, and calls to it."""

    def __init__(self, pbx: LabPbx, ami: Ami) -> None:
        self.pbx, self.ami = pbx, ami
        self._ids = itertools.count(1)
        self._bridges = itertools.count(1)

    async def set_globals(self, **values: str) -> None:
        """Set the administrator's settings, named without their prefix."""
        for name, value in values.items():
            await self.ami.send("Setvar", Variable=f"PBX_BRIDGE_{name}", Value=value)

    async def call(
        self,
        number: str = NUMBER,
        *,
        name: str = "",
        caller: str = "+33142345678",
        rdnis: str = "",
        is_withheld: bool = False,
        context: str = "test-caller",
        patience_seconds: float = 8.0,
    ) -> Story:
        """Call ``number`` as a stranger, hang up after ``patience_seconds``, tell what happened."""
        said = {"name": quote(name, safe=""), "number": quote(caller, safe="")}
        said |= {"rdnis": quote(rdnis, safe=""), "withheld": "yes" if is_withheld else "no"}
        for key, value in said.items():
            await self.ami.send("DBPut", Family="test", Key=key, Val=value)
        linkedid = f"call{next(self._ids)}"
        started = time.monotonic()
        await self.ami.send(
            "Originate",
            Channel=f"Local/{number}@{context}/n",
            Application="Wait",
            Data=str(patience_seconds),
            Timeout=str(int(patience_seconds * 1000)),
            Async="true",
            ChannelId=linkedid,
            OtherChannelId=f"{linkedid}.caller",
        )
        rows = await self._journaled(linkedid, patience_seconds + 5)
        seconds = time.monotonic() - started
        return Story(rows=rows, caller=f"{linkedid}.caller", seconds=seconds)

    async def shown_name(self) -> str:
        """The name that the phone ``answer`` was shown last, URI encoded."""
        return (await self.pbx.cli("database get test shown")).partition("Value: ")[2].strip()

    async def _journaled(self, linkedid: str, seconds: float) -> list[Row]:
        async with asyncio.timeout(seconds):
            while True:
                rows = [
                    row for row in read_journal(self.pbx.journal) if row["linkedid"] == linkedid
                ]
                ids = {row["uniqueid"] for row in rows}
                if ids and ids == {r["uniqueid"] for r in rows if r["eventtype"] == "CHAN_END"}:
                    return rows
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def bridge(
        self,
        *,
        answer_after: float = 0.0,
        claim_after: float = 0.0,
        is_holding: bool = False,
        app: str = "",
        **answers: str,
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """A bridge that gives every call the same answers: variables over AMI, claim, continue.

        Yields the broadcasts that it saw. It can be slow to answer or to claim (seconds), and with
        ``is_holding`` it never continues: it hangs with the caller in its hands.
        ``answers`` are named without PBX_BRIDGE_; ``name`` is what the handset shall show.
        """
        variables = {f"PBX_BRIDGE_{key}": value for key, value in answers.items()}
        if "PBX_BRIDGE_name" in variables:
            variables["CALLERID(name)"] = variables.pop("PBX_BRIDGE_name")
        # Asterisk ends an application some time after its socket; a new name meets no remains.
        app = app or f"pbx-bridge-{next(self._bridges)}"
        seen: list[dict[str, Any]] = []
        headers = {"Authorization": aiohttp.encode_basic_auth("pbx-bridge", self.pbx.secret)}
        base = f"{self.pbx.ari_url}/ari"

        async def serve(
            web: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse
        ) -> None:
            async for message in socket:
                event = json.loads(message.data)
                if event["type"] == "CallBroadcast":
                    seen.append(event)
                    await asyncio.sleep(answer_after)
                    for key, value in variables.items():
                        channel = event["channel"]["name"]
                        await self.ami.send("Setvar", Channel=channel, Variable=key, Value=value)
                    await asyncio.sleep(claim_after)
                    claim = {"channelId": event["channel"]["id"], "application": app}
                    await web.post(f"{base}/events/claim", params=claim)
                elif event["type"] == "StasisStart" and not is_holding:
                    await web.post(f"{base}/channels/{event['channel']['id']}/continue")

        async with (
            aiohttp.ClientSession(headers=headers) as web,
            web.ws_connect(f"{base}/events?app={app}") as socket,
        ):
            server = asyncio.create_task(serve(web, socket))
            try:
                yield seen
            finally:
                server.cancel()
                with suppress(asyncio.CancelledError):
                    await server


@asynccontextmanager
async def open_lab(files: Mapping[str, str]) -> AsyncIterator[DialplanLab]:
    """A PBX with these files under /etc/asterisk, and an AMI user who may do everything."""
    async with LabPbx(files) as pbx:
        reader, writer = await asyncio.open_connection("127.0.0.1", pbx.ami_port)
        await reader.readline()
        ami = Ami(reader, writer)
        await ami.send("Login", Username="test", Secret=pbx.secret, Events="off")
        yield DialplanLab(pbx, ami)
        writer.close()
