"""One run, from an empty office to the verdict."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos.bridges import KeptBridge
from chaos.comparing import Books, compare
from chaos.faults import Fault, Saboteur, draw_schedule
from chaos.heartbeat import Heartbeat
from chaos.holds import find_silent, measure_holds
from chaos.journal_book import Row, journal_files, read_journal, read_rows
from chaos.kinds import CAMPAIGN, KINDS, PHONES, QUEUES, own_dialplan
from chaos.load import Caller, Load, draw_callers, phones
from chaos.report import Findings, keep_for_post_mortem, tell
from chaos.store_book import count_ended, read_store
from chaos.wire_book import read_wires
from crm_store.numbers import phone_number
from crm_store.records import Campaign, Contact, User
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.lab import LabPbx, SippPhone, office_files
from pbx_bridge.lab.postgres import PostgresServer

_READY_SECONDS = 30.0
_SETTLING_SECONDS = 240.0
"""A machine that has too much to do may be minutes behind with the journal."""
_SETTINGS = {"PBX_BRIDGE_FALLBACK_CONTEXT": "chaos-own"}
_VOICEMAIL = "[general]\nformat = wav\nminsecs = 1\nmaxsilence = 0\nmaxmsg = 9999\n[default]\n"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is made of."""

    minutes: float
    seed: int
    rate: float
    bridges: int
    folder: Path | None = None


async def run(plan: Plan, say: Say) -> Findings:
    """Play a run, say what breaks as it breaks and then what was found; return it."""
    with tempfile.TemporaryDirectory(prefix="pbx-bridge-chaos-") as name:
        folder = Path(name)
        findings, rows, logs = await _play(plan, folder, say)
        for line in tell(findings, rows):
            say(line)
        if not findings.is_pass or plan.folder is not None:
            kept = plan.folder or Path(tempfile.mkdtemp(prefix="chaos-found-"))
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            keep_for_post_mortem(kept, findings)
            for path, text in logs.items():
                (kept / path).write_bytes(text)
            say(f"Everything for a post-mortem: {kept}")
    return findings


async def _play(plan: Plan, folder: Path, say: Say) -> tuple[Findings, list[Row], dict[str, bytes]]:
    callers = draw_callers(plan.rate, plan.minutes)
    schedule = draw_schedule(plan.seed, plan.minutes, bridges=plan.bridges)
    async with _office(plan, folder) as office:
        await _write_company(office.database_url, callers)
        for bridge in office.bridges:
            await office.stack.enter_async_context(bridge.kept())
        await _settle(office.bridges, _READY_SECONDS)
        say(f"{len(callers)} calls, {len(schedule)} faults, seed {plan.seed}")
        with Heartbeat() as heartbeat:
            saboteur, load = await _load_and_break(plan, office, callers, schedule, say)
        say("  every call is over; waiting until the bridges have told them")
        problem = await _settle(office.bridges, _SETTLING_SECONDS)
        await _wait_for_store(office.bridges[0].config)
        wires = read_wires(
            callers, load.wires(), {e: phone.calls for e, phone in office.phones.items()}
        )
        rows = read_rows(journal_files(office.pbx.journal))
        books = Books(
            wire=wires,
            journal=read_journal(rows),
            store=await read_store(office.bridges[0].config),
            away=saboteur.asterisk_away,
        )
        _keep_phones(office.phones, folder)
        findings = Findings(
            books=books,
            differences=compare(books),
            holds=measure_holds(wires, books.journal, books.away, heartbeat.still_seconds),
            silent=find_silent(wires, books.away),
            faults=saboteur.done,
            machine_still_seconds=heartbeat.longest_seconds,
            endings={bridge.name: tuple(bridge.ended_alone) for bridge in office.bridges},
            problem=problem,
        )
        return findings, rows, _logs(office.pbx)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    """Everything that runs while calls are placed."""

    pbx: LabPbx
    postgres: PostgresServer
    database_url: str
    phones: dict[str, SippPhone]
    bridges: Sequence[KeptBridge]
    stack: AsyncExitStack


@asynccontextmanager
async def _office(plan: Plan, folder: Path) -> AsyncIterator[_Office]:
    names = "abcdefgh"[: plan.bridges]
    files = office_files(
        _SETTINGS,
        queues=QUEUES,
    )
    files["extensions.conf"] += own_dialplan()
    files["voicemail.conf"] = _VOICEMAIL + "".join(f"{e} = {e},{n}\n" for e, n in PHONES.items())
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(PostgresServer())
        pbx = await stack.enter_async_context(LabPbx(files, phones=PHONES, verbosity=0))
        ringing = await stack.enter_async_context(phones(pbx))
        url = postgres.new_database()
        yield _Office(
            pbx=pbx,
            postgres=postgres,
            database_url=url,
            phones=ringing,
            bridges=[KeptBridge(name, pbx, url, folder) for name in names],
            stack=stack,
        )


async def _load_and_break(
    plan: Plan, office: _Office, callers: Sequence[Caller], schedule: Sequence[Fault], say: Say
) -> tuple[Saboteur, Load]:
    load = Load(
        office.pbx,
        callers,
        rate=plan.rate,
        minutes=plan.minutes,
        folder=office.bridges[0].config.parent,
    )
    began = asyncio.get_running_loop().time()

    def say_when(what: str) -> None:
        say(f"  {asyncio.get_running_loop().time() - began:6.1f} s  {what}")

    saboteur = Saboteur(office.pbx, office.postgres, office.database_url, office.bridges, say_when)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.play())
        tasks.create_task(saboteur.carry_out(schedule))
    return saboteur, load


async def _write_company(url: str, callers: Sequence[Caller]) -> None:
    known = {caller.number: caller for caller in callers if caller.is_known}

    def write(writer: Writer) -> None:
        for extension, name in PHONES.items():
            writer.put_user(User(name=name, extensions=(extension,)))
        writer.put_campaign(Campaign(name=CAMPAIGN))
        for kind in KINDS:
            writer.put_tracking_number(kind.tracking_number)
        for number, caller in known.items():
            writer.put(
                Contact(name=f"Known {caller.key}", phone_numbers=(phone_number(number, "AU"),))
            )

    async with Store.open(url, migrate=True) as store:
        await store.write(write)


async def _settle(bridges: Sequence[KeptBridge], seconds: float) -> str:
    """Wait until every bridge is ready and no call is open; return what is still wrong then."""
    deadline = asyncio.get_running_loop().time() + seconds
    problem = "?"
    while problem and asyncio.get_running_loop().time() < deadline:
        problem = next(filter(None, [await bridge.problem() for bridge in bridges]), "")
        await asyncio.sleep(0.2)
    return problem


async def _wait_for_store(config: Path) -> None:
    """Return when the store has not changed for a while."""
    before = -1
    while (ended := await count_ended(config)) != before:
        before = ended
        await asyncio.sleep(2.0)


def _keep_phones(ringing: Mapping[str, SippPhone], folder: Path) -> None:
    """What the phones saw, for a post-mortem: their own logs go when they do."""
    for extension, phone in ringing.items():
        messages = (message for call in phone.calls for message in call.messages)
        lines = (f"{each.at} {'>' if each.is_sent else '<'}\n{each.text}" for each in messages)
        (folder / f"phone-{extension}.log").write_text(
            "\n".join(lines), "utf-8", errors="surrogateescape"
        )


def _logs(pbx: LabPbx) -> dict[str, bytes]:
    files = [*journal_files(pbx.journal), pbx.log]
    return {path.name: path.read_bytes() for path in files if path.exists()}
