"""``privacy``: what there is about somebody, given out and erased, for good."""

from __future__ import annotations

import json
import sqlite3

import pytest
from command_line import PLAIN, CommandLine, write

from crm_store.privacy.settings import PrivacySettings

NUMBER = "+61412345678"


def dump_of(cli: CommandLine) -> str:
    """The whole store as SQL."""
    path = cli.store_url.removeprefix("sqlite+aiosqlite:///")
    with sqlite3.connect(path) as connection:
        return "\n".join(connection.iterdump())


def test_what_there_is_about_a_number_is_written_down_for_people_and_programs(
    cli_on_each_engine: CommandLine,
) -> None:
    """The lead and the call of it; a number that nobody has is told too."""
    cli = cli_on_each_engine
    cli("backfill", PLAIN)
    text = cli("privacy", "show", NUMBER).text
    assert text.startswith(f"What is kept about {NUMBER}\n\nPeople (1)\n")
    document = json.loads(cli("privacy", "show", NUMBER, "--format", "json").text)
    assert document["tables"]["calls"][0]["linkedid"] == "1795384465.145"
    assert document["tables"]["people"][0]["record"] == "lead"
    assert cli("privacy", "show", "+61412345679").text == "What is kept about +61412345679\n"


def test_an_old_journal_does_not_bring_an_erased_caller_back(
    cli_on_each_engine: CommandLine,
) -> None:
    """Read again, it tells the same call without a name or a number, and makes no lead."""
    cli = cli_on_each_engine
    cli("backfill", PLAIN)
    (before,) = cli("calls", "--format", "jsonl").documents
    done = cli("privacy", "erase", NUMBER, "--yes")
    assert done.text.startswith("1 people erased, 0 kept without it, 1 calls made anonymous\n")
    for _ in range(2):
        (call,) = cli("calls", "--format", "jsonl").documents
        assert NUMBER[1:] not in json.dumps(call)
        figures = ("call_id", "started_at", "ended_at", "talk_seconds", "outcome", "answered_by")
        assert [call[name] for name in figures] == [before[name] for name in figures]
        assert cli("leads", "--format", "jsonl").documents == []
        cli("backfill", PLAIN)


def test_the_pieces_of_a_call_do_not_bring_him_back_either(cli: CommandLine) -> None:
    """Half of it was kept as a story: erased with the rest; the other half finds nobody."""
    rows = PLAIN.read_bytes().splitlines(keepends=True)
    half = len(rows) // 2
    cli("backfill", "-", stdin=b"".join(rows[:half]))
    assert NUMBER[1:] in dump_of(cli)
    cli("privacy", "erase", NUMBER, "--yes")
    assert NUMBER[1:] not in dump_of(cli)
    for piece in (rows[half:], rows[:half], rows):
        cli("backfill", "-", stdin=b"".join(piece))
        assert NUMBER[1:] not in dump_of(cli)


def test_a_journal_older_than_call_details_are_kept_tells_nobody(cli: CommandLine) -> None:
    """The figures come in; who it was does not, not for a moment."""
    write(cli, lambda w: w.put_settings(PrivacySettings(call_days=1)))
    old = PLAIN.read_bytes().replace(b"2026-11-22T", b"2025-11-22T")
    cli("backfill", "-", stdin=old)
    (call,) = cli("calls", "--format", "jsonl").documents
    assert (call["caller_number"], call["outcome"]) == ("", "answered")
    assert NUMBER[1:] not in dump_of(cli)


def test_erasing_asks_first(cli: CommandLine) -> None:
    """Who is meant is shown; without a yes nothing is done."""
    cli("backfill", PLAIN)
    asked = cli("privacy", "erase", NUMBER, stdin=b"n\n")
    assert (asked.status, asked.text.strip()) == (1, "")
    assert "erased whole: lead 1" in asked.stderr
    assert len(cli("leads", "--format", "jsonl").documents) == 1


def test_sweeping_takes_away_what_is_too_old_now(cli: CommandLine) -> None:
    """What the bridge does once a day."""
    old = PLAIN.read_bytes().replace(b"2026-11-22T", b"2025-11-22T")
    cli("backfill", "-", stdin=old)
    assert cli("privacy", "sweep").text.startswith("0 recordings, 0 calls")
    write(cli, lambda w: w.put_settings(PrivacySettings(call_days=30)))
    assert cli("privacy", "sweep").text.startswith("0 recordings, 1 calls made anonymous")


@pytest.mark.parametrize("command", ["show", "erase"])
def test_what_is_no_number_is_refused_in_words(cli: CommandLine, command: str) -> None:
    """A slip of the pen is neither a search for everything nor an erasure of it."""
    cli("migrate")
    for text in ("101", "Ada", "%", "' OR 1=1"):
        answer = cli("privacy", command, text)
        assert (answer.status, answer.text) == (2, "")
        assert "neither a phone number nor an e-mail address" in answer.stderr
