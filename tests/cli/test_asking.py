"""``calls``, ``leads``, ``activities``: whole answers, exact filters, nothing dangerous in them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine, write
from samples import ENDED_DOCUMENT, RANG_AT, ended, put_ada, put_company, ringing

from crm_store.records import Direction, MissedReason, Outcome
from crm_store.writer import Writer

LIVE = "\x1b[31mred\x1b]0;title\x07 \u202eevil\r\n=1+1"


def put_calls(writer: Writer) -> None:
    """Four calls, a day apart: Ada's, one that is up, a missed one, one of our own."""
    put_company(writer)
    day = timedelta(days=1)
    writer.put_call(ended("1.1"))
    writer.put_call(ringing("1.2", started_at=RANG_AT + day, tracking_number=None))
    writer.put_call(
        ended(
            "1.3",
            call_id="XK9",
            pbx="perth",
            started_at=RANG_AT + 2 * day,
            outcome=Outcome.MISSED,
            missed_reason=MissedReason.BUSY,
            caller_number="anonymous",
            caller_e164=None,
            is_withheld=True,
            agent=None,
            answered_by=None,
        )
    )
    writer.put_call(
        ringing(
            "1.4",
            started_at=RANG_AT + 3 * day,
            direction=Direction.OUTBOUND,
            ended_at=RANG_AT + 3 * day,
            caller_number="101",
            caller_e164=None,
            dialled_number="+49 30 901820",
            dialled_e164="+4930901820",
            tracking_number=None,
            answered_by="102",
        )
    )


def linkedids(cli: CommandLine, *options: str) -> list[str]:
    """Which of the calls come, in which order."""
    answer = cli("calls", "--format", "jsonl", *options)
    assert (answer.status, answer.stderr) == (0, "")
    return [call["linkedid"] for call in answer.documents]


def test_jsonl_says_everything_about_a_call(cli_on_each_engine: CommandLine) -> None:
    """Every field of a call record, under its documented name, in its documented form."""
    write(cli_on_each_engine, put_ada)
    answer = cli_on_each_engine("calls", "--format", "jsonl")
    assert (answer.status, answer.documents, answer.stderr) == (0, [ENDED_DOCUMENT], "")
    assert list(answer.documents[0]) == list(ENDED_DOCUMENT)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["1.1", "1.2", "1.3", "1.4"]),
        (["--newest"], ["1.4", "1.3", "1.2", "1.1"]),
        (["--limit", "2"], ["1.1", "1.2"]),
        (["--newest", "--limit", "2"], ["1.4", "1.3"]),
        (["--limit", "0"], []),
        (["--since", "2026-11-23T09:00:00Z"], ["1.2", "1.3", "1.4"]),
        (["--until", "2026-11-23T09:00:00Z"], ["1.1"]),
        (["--since", "2026-11-24"], ["1.3", "1.4"]),
        (["--since", "2026-11-23", "--until", "2026-11-24"], ["1.2"]),
        (["--number", "0491 570 006"], ["1.1", "1.2"]),
        (["--number", "+49 30 901820"], ["1.4"]),
        (["--call-id", "7k4-q2m"], ["1.1"]),
        (["--campaign", "trams"], ["1.1", "1.3"]),
        (["--agent", "Tom"], ["1.1"]),
        (["--agent", "102"], ["1.4"]),
        (["--outcome", "missed"], ["1.3"]),
        (["--direction", "outbound"], ["1.4"]),
        (["--pbx", "perth"], ["1.3"]),
        (["--open"], ["1.2"]),
        (["--ended"], ["1.1", "1.3", "1.4"]),
        (["--outcome", "missed", "--pbx", "sydney"], []),
    ],
)
def test_each_filter_narrows_the_answer(
    cli: CommandLine, options: list[str], expected: list[str]
) -> None:
    """What matches comes, oldest first; nothing else does."""
    cli.write_config('[numbers]\ncountry = "AU"\n')
    write(cli, put_calls)
    assert linkedids(cli, *options) == expected


def test_programs_get_every_call_there_is(cli_on_each_engine: CommandLine) -> None:
    """jsonl and csv know no default window: 1,200 calls are 1,200 lines, in order."""

    def put_many(writer: Writer) -> None:
        for number in range(1200):
            started = RANG_AT + timedelta(seconds=number)
            writer.put_call(ringing(f"1.{number}", started_at=started))

    write(cli_on_each_engine, put_many)
    expected = [f"1.{number}" for number in range(1200)]
    assert linkedids(cli_on_each_engine) == expected
    text = cli_on_each_engine("calls", "--format", "csv").text
    assert [row["linkedid"] for row in csv.DictReader(io.StringIO(text))] == expected


def test_csv_is_rfc_4180(cli: CommandLine) -> None:
    """UTF-8 without a mark, CRLF, a header; lists and objects are JSON text, nothing is empty."""
    write(cli, lambda writer: writer.put_call(ended(comment='a "b",\nc é', matched=None)))
    raw = cli("calls", "--format", "csv").stdout
    header, rest = raw.split(b"\r\n", 1)
    assert header == ",".join(ENDED_DOCUMENT).encode()
    assert rest.endswith(b"\r\n")
    assert b'"a ""b"",\nc \xc3\xa9"' in rest
    (row,) = csv.DictReader(io.StringIO(raw.decode(), newline=""))
    expected = ENDED_DOCUMENT | {"comment": 'a "b",\nc é', "matched": None}
    assert {name: _uncsv(cell, expected[name]) for name, cell in row.items()} == expected


def _uncsv(cell: str, like: Any) -> Any:
    """What a cell stands for, when it should be something like this."""
    if like is None:
        return None if cell == "" else cell
    return cell if isinstance(like, str) else json.loads(cell)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("+61412345678", "+61412345678"),
        ("+61412345678=1", "'+61412345678=1"),
        ("Ada = Eve", "Ada = Eve"),
        ("", ""),
    ],
)
def test_a_strangers_name_is_no_formula_in_a_spreadsheet(
    cli: CommandLine, text: str, cell: str
) -> None:
    """What a spreadsheet would run gets an apostrophe; a phone number stays as it is."""
    call = ringing(caller_name=text, caller_number=text, comment=text)
    write(cli, lambda writer: writer.put_call(call))
    answer = cli("calls", "--format", "csv").text
    (row,) = csv.DictReader(io.StringIO(answer, newline=""))
    assert (row["caller_name"], row["caller_number"], row["comment"]) == (cell, cell, cell)
    assert cli("calls", "--format", "jsonl").documents[0]["caller_name"] == text


def test_the_table_says_what_a_manager_asks(cli: CommandLine) -> None:
    """Local time, call ID, who, which number, campaign, agent, what became of it; newest first."""
    write(cli, put_calls)
    answer = cli("calls")
    lines = [" ".join(line.split()) for line in answer.text.splitlines()]
    assert (answer.status, answer.stderr, lines) == (
        0,
        "",
        [
            "started call direction who dialled campaign agent outcome wait talk became",
            "2026-11-25 20:00:00 outbound 101 +49 30 901820 102 0s 0s",
            "2026-11-24 20:00:00 XK9 inbound withheld Poster Trams missed, busy 6s 1:30 activity 3",
            "2026-11-23 20:00:00 inbound +61 491 570 006 0298765432 up 0s 0s",
            "2026-11-22 20:00:00 7K4Q2M inbound Ada Lovelace +61 491 570 006 Poster Trams Tom"
            " answered, no_answer 6s 1:30 activity 3",
        ],
    )


def test_the_table_is_a_window_and_says_so(cli: CommandLine) -> None:
    """50 of 60 calls, the newest, and how many more there are; --limit shows as many as asked."""

    def put_sixty(writer: Writer) -> None:
        for number in range(60):
            started = RANG_AT + timedelta(seconds=number)
            writer.put_call(ringing(f"1.{number}", started_at=started, caller_number=f"55{number}"))

    write(cli, put_sixty)
    answer = cli("calls")
    assert len(answer.text.splitlines()) == 51
    assert answer.text.splitlines()[1].startswith("2026-11-22 20:00:59")
    assert answer.stderr == "… and 10 more; --limit shows more, --format jsonl or csv all\n"
    limited = cli("calls", "--limit", "55", "--oldest")
    assert (len(limited.text.splitlines()), limited.stderr) == (56, "")
    assert limited.text.splitlines()[1].startswith("2026-11-22 20:00:00")


def test_a_stranger_cannot_speak_to_the_terminal(cli: CommandLine) -> None:
    """Escapes, bells, line breaks, writing direction and rich's own markup arrive as text."""
    name = LIVE + "[bold]x[/bold]"
    write(cli, lambda w: w.put_call(ringing(caller_number=name, caller_e164=None, pbx="p")))
    answer = cli("calls")
    assert "[31mred]0;title evil  =1+1[bold]x[/bold]" in answer.text
    assert [c for c in answer.text if not c.isprintable() and c != "\n"] == []
    assert len(answer.text.splitlines()) == 2
    assert cli("calls", "--format", "jsonl").documents[0]["caller_number"] == name


@pytest.mark.parametrize("what", ["calls", "leads", "activities"])
def test_an_empty_answer_says_so(cli: CommandLine, what: str) -> None:
    """A person reads that nothing matches; a program reads nothing, or a header."""
    write(cli, put_company)
    assert (cli(what).status, cli(what).text, cli(what).stderr) == (0, "", f"No {what} match.\n")
    assert cli(what, "--format", "jsonl").stdout == b""
    assert len(cli(what, "--format", "csv").text.splitlines()) == 1


def test_a_misspelt_campaign_or_agent_is_pointed_out(cli: CommandLine) -> None:
    """An empty answer to a name that nobody has is explained, with the names there are."""
    write(cli, put_calls)
    answer = cli("calls", "--campaign", "Trains", "--agent", "Tim", "--format", "jsonl")
    assert (answer.status, answer.text, answer.stderr.splitlines()) == (
        *(0, ""),
        [
            "No campaign is called 'Trains'; known: Trams.",
            "No user or extension is called 'Tim'; known: Tom.",
        ],
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["calls", "--outcome", "lost"], "'lost' is not one of 'answered', 'missed', 'voicemail'"),
        (["calls", "--direction", "up"], "is not one of 'inbound', 'outbound', 'internal'"),
        (["calls", "--since", "soon"], "'soon': expected a date (2026-11-22), RFC 3339"),
        (["calls", "--limit", "-1"], "greater than or equal to 0"),
        (["calls", "--format", "xml"], "'xml' is not one of 'table', 'jsonl', 'csv'"),
        (["leads", "--state", "old"], "'old' is not one of 'new', 'in_progress', 'won'"),
        (["activities", "--about", "12"], "'12': expected lead:12"),
        (["activities", "--call-type", "x"], "'x' is not one of 'outbound_answered'"),
    ],
)
def test_a_wrong_value_is_answered_with_what_was_expected(
    cli: CommandLine, arguments: list[str], expected: str
) -> None:
    """Exit 2, the option's name, and the words that it knows."""
    answer = cli(*arguments)
    said = " ".join(answer.stderr.replace("│", " ").split())
    assert (answer.status, answer.text) == (2, "")
    assert f"Invalid value for '{arguments[1]}'" in said
    assert expected in said


def test_leads_say_where_they_came_from(cli_on_each_engine: CommandLine) -> None:
    """A lead has its campaign, its first call and that call's times and recordings."""
    write(cli_on_each_engine, put_ada)
    expected = {
        "id": 1,
        "key": "a1",
        "name": "Ada Lovelace",
        "company": "Engines",
        "status": "new",
        "phone_numbers": [{"raw": "0491 570 006", "e164": "+61491570006", "label": "mobile"}],
        "email": "ada@example.com",
        "owner": "Tom",
        "campaign": "Trams",
        "source": "offline",
        "tracking_number": "+61298765432",
        "first_call": {"pbx": "sydney", "linkedid": "1.1"},
        "call_id": "7K4Q2M",
        "wait_seconds": 6.0,
        "talk_seconds": 90.000001,
        "recordings": ENDED_DOCUMENT["recordings"],
        "comment": "=HYPERLINK()",
        "created_at": "2026-11-22T09:00:00.000000Z",
        "updated_at": "2026-11-22T09:00:00.000000Z",
        "state": "new",
        "origin": "",
        **dict.fromkeys(("owner_group", "unit", "type", "category", "priority", "importance")),
        **dict.fromkeys(("probability", "target_amount", "currency", "lost_reason", "medium")),
        **dict.fromkeys(("keyword", "landing_page", "click_id", "started_at", "expected_at")),
        "completed_at": None,
        "missed_reason": "no_answer",
        **dict.fromkeys(("contact_id", "account_id", "opportunity_id")),
        "version": 1,
    }
    ada = cli_on_each_engine("leads", "--format", "jsonl", "--campaign", "trams")
    assert (ada.status, ada.documents, ada.stderr) == (0, [expected], "")
    assert list(ada.documents[0]) == list(expected)
    rows = csv.DictReader(io.StringIO(cli_on_each_engine("leads", "--format", "csv").text))
    assert [row["comment"] for row in rows] == ["'=HYPERLINK()", ""]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["Ada Lovelace", "Bob"]),
        (["--newest", "--limit", "1"], ["Bob"]),
        (["--since", "2026-11-23"], ["Bob"]),
        (["--until", "2026-11-23"], ["Ada Lovelace"]),
        (["--number", "0491570006"], ["Ada Lovelace"]),
        (["--call-id", "7k4q2m"], ["Ada Lovelace"]),
        (["--owner", "tom"], ["Ada Lovelace"]),
        (["--status", "won"], []),
    ],
)
def test_leads_are_filtered(cli: CommandLine, options: list[str], names: list[str]) -> None:
    """The same kind of filters as for calls."""
    cli.write_config('[[pbx]]\ncountry = "AU"\n')
    write(cli, put_ada)
    answer = cli("leads", "--format", "jsonl", *options)
    assert [lead["name"] for lead in answer.documents] == names


@pytest.mark.parametrize(
    ("options", "is_found"),
    [
        ([], True),
        (["--about", "lead:1"], True),
        (["--about", "lead:2"], False),
        (["--about", "contact:1"], False),
        (["--status", "completed"], True),
        (["--status", "in_progress"], False),
        (["--call-type", "inbound_answered"], True),
        (["--call-type", "missed"], False),
        (["--owner", "Tom", "--campaign", "Trams", "--call-id", "7K4Q2M"], True),
        (["--since", "2026-11-22T09:00:00.000001Z"], False),
    ],
)
def test_activities_say_what_was_done(cli: CommandLine, options: list[str], is_found: bool) -> None:
    """An activity has its person, its call and that call's times; filters narrow it."""
    write(cli, put_ada)
    answer = cli("activities", "--format", "jsonl", *options)
    expected = {
        "id": 1,
        "subject": "Inbound answered call from Ada Lovelace on Poster answered by Tom",
        "status": "completed",
        "call_type": "inbound_answered",
        "about": {"type": "lead", "id": 1, "name": "Ada Lovelace"},
        "owner": "Tom",
        "campaign": "Trams",
        "call": {"pbx": "sydney", "linkedid": "1.1"},
        "call_id": "7K4Q2M",
        "wait_seconds": 6.0,
        "talk_seconds": 90.000001,
        "recordings": ENDED_DOCUMENT["recordings"],
        "comment": "Wants an engine",
        "created_at": "2026-11-22T09:00:00.000000Z",
        "completed_at": "2026-11-22T09:00:00.000000Z",
        "kind": "call",
        "result": None,
        "tags": [],
        "due_at": None,
        "missed_reason": "no_answer",
        "case_id": None,
        "opportunity_id": None,
        "version": 1,
    }
    documents = [
        {name: value for name, value in activity.items() if name != "updated_at"}
        for activity in answer.documents
    ]
    assert documents == [expected] * is_found


def test_tables_of_leads_and_activities(cli: CommandLine) -> None:
    """People see the newest first, in local time."""
    write(cli, put_ada)
    shown = [
        [" ".join(line.split()) for line in cli(what).text.splitlines()]
        for what in ("leads", "activities")
    ]
    assert shown == [
        [
            "id created name company number status owner campaign call wait talk",
            "2 2026-11-23 20:00:00 Bob new",
            "1 2026-11-22 20:00:00 Ada Lovelace Engines +61 491 570 006 new Tom Trams 7K4Q2M"
            " 6s 1:30",
        ],
        [
            "id created subject status owner about call wait talk",
            "1 2026-11-22 20:00:00 Inbound answered call from Ada Lovelace on Poster answered by"
            " Tom completed Tom lead 1 7K4Q2M 6s 1:30",
        ],
    ]


def test_asking_makes_no_store(cli: CommandLine) -> None:
    """Where there is none yet, that is said, and none is made."""
    answer = cli("calls")
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            f"error: there is no store at {cli.folder}/store.db",
            "  `pbx-bridge run`, `migrate` or `backfill` makes one; or is [store] url another?",
        ],
    )
    assert not (cli.folder / "store.db").exists()


def test_asking_migrates_no_store(cli_on_an_empty_store: CommandLine) -> None:
    """A store without our tables is left as it is."""
    if cli_on_an_empty_store.store_url.startswith("sqlite"):
        (cli_on_an_empty_store.folder / "store.db").touch()
    answer = cli_on_an_empty_store("calls")
    assert answer.status == 2
    assert "is empty or from an older version" in answer.stderr
    assert "migrate it first" in answer.stderr


def test_a_store_from_a_newer_version_is_refused(cli: CommandLine) -> None:
    """Nothing is shown that might be misunderstood."""
    write(cli, put_company)
    with sqlite3.connect(cli.folder / "store.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (["calls"], ["migrate"], ["backfill", "-"]):
        answer = cli(*arguments)
        assert answer.status == 2
        assert "is at revision 9999, from a newer version than this one" in answer.stderr


def test_a_locked_store_says_so(cli: CommandLine) -> None:
    """Another program's transaction is named as the reason, after some patience."""
    write(cli, put_company)
    with sqlite3.connect(cli.folder / "store.db") as database:
        database.execute("BEGIN EXCLUSIVE")
        answer = cli("calls")
        database.rollback()
    assert answer.status == 2
    assert "is locked by another program" in answer.stderr


def test_a_store_that_is_none_says_so(cli: CommandLine) -> None:
    """A file of something else is not read, and not harmed."""
    path = cli.folder / "store.db"
    path.write_bytes(b"The minutes of the last meeting\n" * 100)
    answer = cli("calls")
    assert answer.status == 2
    assert "file is not a database" in answer.stderr
    assert path.read_bytes() == b"The minutes of the last meeting\n" * 100


def test_an_unreachable_server_says_so(cli: CommandLine) -> None:
    """A PostgreSQL that does not answer: its address without the password, and what to check."""
    cli.store_url = "postgresql+asyncpg://ada:secret@127.0.0.1:1/crm"
    cli.write_config()
    answer = cli("calls")
    assert answer.status == 2
    assert "postgresql+asyncpg://ada:***@127.0.0.1:1/crm" in answer.stderr
    assert "secret" not in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_console_script_ends_quietly_when_its_reader_leaves(cli: CommandLine) -> None:
    """``pbx-bridge calls --format jsonl | head`` leaves no traceback; the script is installed."""

    def put_many(writer: Writer) -> None:
        for number in range(3000):
            writer.put_call(ringing(f"1.{number}"))

    write(cli, put_many)
    script = Path(sys.executable).with_name("pbx-bridge")
    command = [script, "--config", cli.config, "calls", "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        first = json.loads(reading.stdout.readline())
        reading.stdout.close()
        errors = reading.stderr.read()
    assert first["linkedid"] == "1.0"
    assert errors == b""


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_a_full_disk_is_told_in_words(cli: CommandLine, form: str) -> None:
    """An answer that is not whole is no answer: exit 2, and no traceback."""
    write(cli, put_calls)
    command = [sys.executable, "-m", "pbx_bridge", "--config", str(cli.config), "calls"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*command, "--format", form], stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr.decode().splitlines()) == (
        2,
        [
            "error: the answer cannot be written: No space left on device",
            "  What is there is not whole.",
        ],
    )
