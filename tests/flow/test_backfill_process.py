"""A large journal is read by a process of its own: what it tells, and what becomes of its death."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.backfill import rows_of_a_day
from pbx_bridge import journal_telling
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.lines import Lines
from pbx_bridge.commands import backfilling
from pbx_bridge.journal_telling import Batch, Reading, ToldCall, open_told_calls, tell_journals
from pbx_bridge.telling import Told
from tests.cli.command_line import CommandLine

JOURNALS = sorted((Path(__file__).parents[1] / "calls/journals").glob("*.csv"))
LAB = Reading(pbx="lab", trunks=("PJSIP/trunk-*",), inbound_contexts=("from-trunk",))
CALLS = 1_500
WHOLE = f"lab: {17 * CALLS} rows, 0 unreadable, {CALLS} calls\n"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of eight megabytes: fifteen hundred plain calls, many at a time."""
    path = tmp_path_factory.mktemp("journal") / "day.csv"
    with path.open("wb") as file:
        file.writelines(rows_of_a_day(CALLS))
    return path


@pytest.fixture(scope="module")
def calls_of_the_day(journal: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What the store holds of it when it is read and written in one process."""
    cli = _command_line(tmp_path_factory.mktemp("whole"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_telling, "_LARGE", 1 << 40)
        assert cli("backfill", journal).stderr == WHOLE
    return _calls(cli)


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return _command_line(tmp_path)


def _command_line(folder: Path) -> CommandLine:
    made = CommandLine(folder, f"sqlite:///{folder}/store.db")
    pbx = '[[pbx]]\nname = "lab"\ntrunks = ["PJSIP/trunk-*"]\n'
    made.write_config(f'[numbers]\ncountry = "AU"\n{pbx}')
    return made


def _calls(cli: CommandLine) -> list[Any]:
    """Every call, without the moment at which somebody on file was last written."""
    calls = cli("calls", "--format", "jsonl").documents
    for call in calls:
        for candidate in call["candidates"]:
            del candidate["updated_at"]
    return calls


def _reading_processes(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            is_ours = int(path.read_text().rpartition(")")[2].split()[1]) == parent
            is_reader = "pbx_bridge.journal_telling" in (path.parent / "cmdline").read_text()
        except OSError:
            continue
        if is_ours and is_reader:
            found.append(int(path.parent.name))
    return found


def _wait_for(what: Callable[[], Any]) -> Any:
    """What comes at last; two minutes at most."""
    for _ in range(6_000):
        if found := what():
            return found
        time.sleep(0.02)
    raise TimeoutError


def test_a_process_tells_what_this_one_tells() -> None:
    """Four hundred recorded journals at once: the same changes, calls and events, one by one."""
    journals = JOURNALS[:400]  # as many as anybody may have open

    def told(batches: list[Batch]) -> list[ToldCall]:
        return [call for batch in batches for call in batch.calls]

    async def by_a_process() -> list[Batch]:
        files = [path.open("rb") for path in journals]
        async with open_told_calls(LAB, files) as batches:
            found = [batch async for batch in batches]
        for file in files:
            file.close()
        return found

    files = [path.open("rb") for path in journals]
    here = list(tell_journals(LAB, files))
    for file in files:
        file.close()
    there = asyncio.run(by_a_process())
    assert len(told(here)) > 200
    assert told(there) == told(here)
    assert there[-1].counts == here[-1].counts


def test_more_journals_are_read_than_may_be_open_without_asking(cli: CommandLine) -> None:
    """A user has 1,024 files as a rule: here 100, and 200 journals, read by another process."""
    journals = sorted(JOURNALS, key=lambda path: -path.stat().st_size)[:200]
    assert sum(path.stat().st_size for path in journals) > 1 << 20
    words = ["-m", "pbx_bridge", "--config", cli.config, "backfill", "--pbx", "lab", *journals]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -Sn 100; exec "$0" "$@"', sys.executable, *words],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr[:5]) == (0, "lab: ")
    assert _count(cli.folder / "store.db") > 200


def test_a_large_journal_becomes_the_same_calls(
    cli: CommandLine, journal: Path, calls_of_the_day: list[Any]
) -> None:
    """Read by a process of its own, and once more: the store holds what it always did."""
    for _ in range(2):
        answer = cli("backfill", journal)
        assert (answer.status, answer.stderr) == (0, WHOLE)
        assert _calls(cli) == calls_of_the_day


def test_a_reading_process_that_dies_is_told_and_loses_nothing(
    cli: CommandLine,
    journal: Path,
    calls_of_the_day: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed in the middle: an error in words, exit 2; the next run completes the same store."""

    @contextmanager
    def killing(_pbx: str) -> Iterator[Callable[[Any], None]]:
        def kill(counts: Any) -> None:
            if counts.calls:
                for process in _reading_processes(os.getpid()):
                    os.kill(process, signal.SIGKILL)

        yield kill

    with monkeypatch.context() as patch:
        patch.setattr(backfilling, "_progress", killing)
        answer = cli("backfill", journal)
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            "error: the process that reads the journal has died before its end",
            "  What was told until then is written. Run the same command again to have the rest.",
        ],
    )
    begun = _calls(cli)
    assert 0 < len(begun) < CALLS
    assert [call for call in begun if call not in calls_of_the_day] == []
    assert cli("backfill", journal).stderr == WHOLE
    assert _calls(cli) == calls_of_the_day


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_backfill_that_is_ended_is_finished_by_the_next(
    cli: CommandLine, journal: Path, calls_of_the_day: list[Any], number: signal.Signals
) -> None:
    """Ctrl-C, SIGTERM or SIGKILL in the middle: whole calls, no process left, and all by a second
    run."""
    _wait_for(lambda: _ended_in_the_middle(cli, journal, number))
    begun = _calls(cli)
    assert len(begun) < CALLS
    assert [call for call in begun if call not in calls_of_the_day] == []
    assert cli("backfill", journal).stderr == WHOLE
    assert _calls(cli) == calls_of_the_day


def _ended_in_the_middle(cli: CommandLine, journal: Path, number: signal.Signals) -> bool:
    """End a backfill when it has written something; False where it was over before that."""
    for file in cli.folder.glob("store.db*"):
        file.unlink()
    command = [sys.executable, "-m", "pbx_bridge", "--config", cli.config, "backfill", journal]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as program:
        _wait_for(lambda: _count(cli.folder / "store.db"))
        readers = _reading_processes(program.pid)
        program.send_signal(number)
        program.communicate(timeout=60)
    _wait_for(lambda: not any(Path(f"/proc/{reader}").exists() for reader in readers))
    return program.returncode != 0


def _count(store: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM calls").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_who_was_told_is_not_kept_for_ever() -> None:
    """A call that the book has let go of is forgotten here as well, and was counted once."""
    ready = journal_telling._Ready(CallBook("lab", Lines()))
    at = datetime(2026, 11, 28, tzinfo=UTC)
    call = next(told.call for told in _told_of(JOURNALS[0]) if told.call is not None)
    news = []
    for number in range(20_000):
        change = Change(kind=ChangeKind.ENDED, linkedid=f"1.{number}", at=at)
        news.append(ready.pack(Told(change=change, call=call)).more)
    assert sum(news) == len(news)
    assert len(ready._told) <= 5_001


def _told_of(path: Path) -> list[ToldCall]:
    with path.open("rb") as file:
        return [call for batch in tell_journals(LAB, [file]) for call in batch.calls]


def test_a_call_that_is_told_twice_counts_once() -> None:
    """Its second telling is no news; and when it becomes part of another, there is one less."""
    ready = journal_telling._Ready(CallBook("lab", Lines()))
    call = next(told.call for told in _told_of(JOURNALS[0]) if told.call is not None)
    at = datetime(2026, 11, 28, tzinfo=UTC)
    kinds = [ChangeKind.ENDED, ChangeKind.ENDED, ChangeKind.ABSORBED, ChangeKind.ABSORBED]
    changes = [Change(kind=kind, linkedid="1.1", at=at, into="1.0") for kind in kinds]
    told = [ready.pack(Told(change=change, call=call)).more for change in changes]
    assert told == [1, 0, -1, 0]


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_as_many_calls_are_counted_as_are_told(path: Path) -> None:
    """A consultation that became part of the customer's call is none of its own."""
    told = _told_of(path)
    left = {each.change.linkedid for each in told if each.call is not None}
    left -= {each.change.linkedid for each in told if each.change.kind is ChangeKind.ABSORBED}
    assert sum(each.more for each in told) == len(left)


def test_what_cannot_be_read_any_further_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle: what was told before comes, then the reason."""

    def failing(*_: Any) -> Iterator[Any]:
        raise OSError(5, "Input/output error")
        yield

    monkeypatch.setattr(journal_telling, "read_sorted_events", failing)
    assert [(batch.error, batch.is_last) for batch in tell_journals(LAB, [])] == [
        ("the journal cannot be read: [Errno 5] Input/output error", True)
    ]
