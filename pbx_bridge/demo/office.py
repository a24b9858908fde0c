"""The company's office, brought up from nothing: PBX, store, bridge, phones, the world outside.

The bridge is the very command that an administrator runs, with a configuration file of its own:
``pbx-bridge --config FILE run``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from crm_store.reader import Reader
from crm_store.records import CallRecord, PersonType
from crm_store.store import Store
from pbx_bridge.config import ENVIRONMENT_PREFIX
from pbx_bridge.demo import company
from pbx_bridge.demo.errors import DemoError
from pbx_bridge.lab import LabPbx, Phone, SippPhone, Trunk, WireCall, office_files, speak
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.programs import end_program, start_program
from pbx_bridge.lab.sip import parse_user
from pbx_bridge.lab.trunk import OutsideNumber

SAME_CALL = timedelta(seconds=0.5)
"""How far apart the SIP side and the store may put the start of what is one call."""
_READY_SECONDS = 20.0
_SETTINGS = {
    "PBX_BRIDGE_FALLBACK_DIAL": "PJSIP/1001",
    "PBX_BRIDGE_OUTBOUND_RECORD": "yes",
}
"""Alice takes what no tracking number routes, and every call while no bridge is there."""
_VOICES = {"1001": "en+f3", "1002": "en+m3", "1003": "en+f4"}
_GREETING = "Wattlebird Solar, {name} speaking. How can I help you?"
_VOICEMAIL_GREETING = "Wattlebird Solar. Nobody is in."
_OUTSIDE_SPEECH = "Yes, this is Noah. Tomorrow at ten suits me."
_SOFTPHONE_OUTSIDE = f"""
[{company.YOURS_OUTSIDE}](phone)
context = from-trunk
callerid = {company.YOURS_OUTSIDE}
auth = {company.YOURS_OUTSIDE}
aors = {company.YOURS_OUTSIDE}

[{company.YOURS_OUTSIDE}](phone-auth)
username = {company.YOURS_OUTSIDE}

[{company.YOURS_OUTSIDE}](phone-aor)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything that runs, while it runs."""

    pbx: LabPbx
    trunk: Trunk
    store: Store
    store_url: str
    config: Path
    bridge: Process
    bridge_log: Path
    web_port: int
    phones: Mapping[str, Phone]
    busy_phones: Mapping[str, SippPhone]
    outside: OutsideNumber
    lines: list[Callable[[], WireCall | None]] = field(default_factory=list)
    """The wires of every call that the demo itself has placed."""

    def calls_rung_since(self, at: datetime) -> list[tuple[str, WireCall]]:
        """The calls that the PBX sent to desks from ``at`` on, as (extension, what it saw)."""
        found = [
            (extension, call)
            for extension, phone in self.phones.items()
            for call in phone.calls
            if not call.messages[0].is_sent and call.invited_at >= at
        ]
        found += [
            (extension, call)
            for extension, phone in self.busy_phones.items()
            for call in phone.calls
            if call.invited_at >= at
        ]
        return sorted(found, key=lambda each: each[0])

    def has_placed(self, record: CallRecord) -> bool:
        """Whether the store's call is one that the demo placed."""
        wires = (wire for line in self.lines if (wire := line()) is not None)
        return any(is_same_call(wire, record) for wire in wires)

    def check_bridge(self) -> None:
        """Raise DemoError with its last words when the bridge has ended by itself."""
        if self.bridge.returncode is not None:
            raise _bridge_failure(f"ended with status {self.bridge.returncode}", self.bridge_log)


def is_same_call(wire: WireCall, record: CallRecord) -> bool:
    """Whether what the caller's wire saw is what the store tells of."""
    apart = abs(record.started_at - wire.invited_at)
    return parse_user(wire.request_uri) == record.dialled_number and apart < SAME_CALL


@asynccontextmanager
async def open_office(
    store_url: str | None, tell: Callable[[str], None] = lambda words: None
) -> AsyncIterator[Office]:
    """Bring the office up; all of it is gone when the block is left, however that comes about.

    ``store_url`` None keeps the store beside the PBX's files; one that is given must be empty.
    ``tell`` hears what is being started.

    Raises:
        DemoError: the store is not empty, or the bridge did not come up.
        LabError: a part of the lab is missing or did not start.
        StoreError: the store cannot be opened.
    """
    async with AsyncExitStack() as stack:
        tell("Asterisk")
        files = office_files(_SETTINGS)
        pbx = await stack.enter_async_context(LabPbx(files, phones=company.PHONES))
        await _add_softphone_outside(pbx)
        await asyncio.to_thread(_record_greetings, pbx)
        url = store_url or f"sqlite+aiosqlite:///{pbx.directory}/crm.db"
        tell("the store")
        store = await stack.enter_async_context(Store.open(url, migrate=True))
        await _fill(store)
        tell("pbx-bridge")
        config, web_port = _write_config(pbx, url)
        log = pbx.directory / "log/pbx-bridge.log"
        bridge = await stack.enter_async_context(_running_bridge(config, log, web_port))
        tell("the phones")
        phones, busy = await _open_phones(stack, pbx)
        trunk = Trunk(pbx)
        speech = await asyncio.to_thread(speak, _OUTSIDE_SPEECH, voice="en+m7")
        outside = await stack.enter_async_context(
            trunk.outside(reply_after_seconds=1.0, speech=speech)
        )
        yield Office(
            pbx=pbx,
            trunk=trunk,
            store=store,
            store_url=url,
            config=config,
            bridge=bridge,
            bridge_log=log,
            web_port=web_port,
            phones=phones,
            busy_phones=busy,
            outside=outside,
        )


async def _add_softphone_outside(pbx: LabPbx) -> None:
    """Let the reader register a softphone whose calls come in from the public network."""
    present = (pbx.directory / "etc/pjsip.conf").read_text("utf-8")
    pbx.write_config({"pjsip.conf": present + _SOFTPHONE_OUTSIDE})
    await pbx.cli("module reload res_pjsip.so")


async def _fill(store: Store) -> None:
    if not await store.read(_is_empty):
        raise DemoError(
            "the store already holds calls or customers; the demo wants an empty one",
            hint="Give --store the URL of a database of its own, or leave it out.",
        )
    await store.write(company.seed)


def _is_empty(reader: Reader) -> bool:
    calls = next(iter(reader.find_calls()), None)
    people = (next(iter(reader.people(kind)), None) for kind in PersonType)
    return calls is None and all(person is None for person in people)


def _record_greetings(pbx: LabPbx) -> None:
    """Let the mailboxes greet with the company's own words."""
    words = speak(_VOICEMAIL_GREETING, voice=_VOICES["1003"])
    for extension in company.DESKS:
        box = pbx.voicemail / "default" / extension
        box.mkdir(parents=True)
        for greeting in ("unavail.wav", "busy.wav"):
            (box / greeting).write_bytes(words.read_bytes())


def _write_config(pbx: LabPbx, store_url: str) -> tuple[Path, int]:
    """Write what an administrator would; return the file and the port of the bridge's health."""
    web_port = free_port()
    settings: dict[str, dict[str, str | int | list[str]]] = {
        "[store]": {"url": store_url},
        "[numbers]": {"country": company.COUNTRY},
        "[web]": {"port": web_port},
        "[[pbx]]": {
            "name": "office",
            "ari_url": pbx.ari_url,
            "ari_password": pbx.secret,
            "ami_port": pbx.ami_port,
            "ami_secret": pbx.secret,
            "trunks": ["PJSIP/trunk-*", f"PJSIP/{company.YOURS_OUTSIDE}-*"],
            "journal": str(pbx.journal),
            "recordings": str(pbx.recordings),
        },
    }
    lines = []
    for header, keys in settings.items():
        # A JSON string, number or list of strings is TOML, too.
        lines += [header, *(f"{key} = {json.dumps(value)}" for key, value in keys.items()), ""]
    path = pbx.directory / "pbx-bridge.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path, web_port


@asynccontextmanager
async def _running_bridge(config: Path, log: Path, web_port: int) -> AsyncIterator[Process]:
    # Whatever the reader's shell says of his own bridge is not meant for this one.
    foreign = [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]
    clean = ("env", *(word for name in foreign for word in ("-u", name)))
    command = (*clean, sys.executable, "-m", "pbx_bridge", "--config", str(config), "run")
    bridge = await start_program(*command, output=log)
    try:
        await _wait_until_ready(bridge, f"http://127.0.0.1:{web_port}/readyz", log)
        yield bridge
    finally:
        await end_program(bridge, patience_seconds=10.0)


async def _wait_until_ready(bridge: Process, url: str, log: Path) -> None:
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(_READY_SECONDS):
            while not await _is_ready(session, url):
                if bridge.returncode is not None:
                    raise _bridge_failure(f"ended with status {bridge.returncode}", log)
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise _bridge_failure(f"was not ready after {_READY_SECONDS:.0f} s", log) from None


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _bridge_failure(what: str, log: Path) -> DemoError:
    last_words = log.read_text("utf-8", "replace").splitlines()[-8:]
    return DemoError("\n  ".join([f"pbx-bridge {what}", *last_words]))


async def _open_phones(
    stack: AsyncExitStack, pbx: LabPbx
) -> tuple[dict[str, Phone], dict[str, SippPhone]]:
    phones = {}
    for extension in company.DESKS:
        greeting = _GREETING.format(name=company.PHONES[extension])
        speech = await asyncio.to_thread(speak, greeting, voice=_VOICES[extension])
        phones[extension] = Phone(pbx, extension, speech=speech)
    busy = {extension: SippPhone(pbx, extension, reply=486) for extension in company.ROOFTOP}
    for phone in phones.values():
        await stack.enter_async_context(phone)
    for busy_phone in busy.values():
        await stack.enter_async_context(busy_phone)
    return phones, busy
