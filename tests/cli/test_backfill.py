"""``backfill``: whole journals, through the one door."""

from __future__ import annotations

import csv
import gzip
import random
from pathlib import Path
from typing import Any

import pytest
from command_line import JOURNALS, PLAIN, CommandLine

OTHER = JOURNALS / "snippet_decline.csv"


def plain_call(**changes: Any) -> dict[str, Any]:
    """What snippet_plain.csv tells, whole; the call ID and the lead are made by us."""
    call: dict[str, Any] = {
        "pbx": "lab",
        "linkedid": "1795384465.145",
        "direction": "inbound",
        "outcome": "answered",
        "missed_reason": None,
        "caller_number": "+61412345678",
        "caller_e164": "+61412345678",
        "caller_name": "",
        "dialled_number": "9001",
        "tracking_number": None,
        "started_at": "2026-11-22T21:54:25.374576Z",
        "answered_at": "2026-11-22T21:54:25.738265Z",
        "ended_at": "2026-11-22T21:54:26.249383Z",
        "ring_seconds": 0.358587,
        "wait_seconds": 0.363689,
        "talk_seconds": 0.507638,
        "is_estimated": False,
        "answered_by": "1001",
        "parties": [
            {
                "extension": "1001",
                "channel": "PJSIP/1001-0000007c",
                "rang_at": "2026-11-22T21:54:25.377326Z",
                "answered_at": "2026-11-22T21:54:25.735913Z",
                "left_at": "2026-11-22T21:54:26.247559Z",
            }
        ],
        "transfers": [],
        "recordings": [],
        "hangup_cause": 16,
        "matched": None,
        "record": {"type": "lead", "id": 1},
        "tags": [],
        "comment": None,
        "agent": None,
        "dialled_e164": None,
        "is_withheld": False,
        "redirected_from": None,
        "enrichment": "not_asked",
        "candidates": [],
        "medium": None,
        "keyword": None,
        "landing_page": None,
        "click_id": None,
        "visitor_session": None,
    }
    return call | changes


def without_call_id(call: dict[str, Any]) -> dict[str, Any]:
    """A call without the ID that we made for it, which has to be there."""
    assert len(call["call_id"]) == 6
    return {name: value for name, value in call.items() if name != "call_id"}


def test_a_journal_becomes_the_call_it_tells(cli_on_each_engine: CommandLine) -> None:
    """17 rows of a real Asterisk are one call, every field of it as DESIGN promises."""
    cli = cli_on_each_engine
    answer = cli("backfill", PLAIN)
    assert (answer.status, answer.text, answer.stderr) == (
        *(0, ""),
        "lab: 17 rows, 0 unreadable, 1 call\n",
    )
    calls = cli("calls", "--format", "jsonl").documents
    assert [without_call_id(call) for call in calls] == [plain_call()]
    assert list(calls[0])[:27] == [
        *("call_id", "pbx", "linkedid", "direction", "outcome", "missed_reason", "caller_number"),
        *("caller_e164", "caller_name", "dialled_number", "tracking_number", "started_at"),
        *("answered_at", "ended_at", "ring_seconds", "wait_seconds", "talk_seconds"),
        *("is_estimated", "answered_by", "parties", "transfers", "recordings", "hangup_cause"),
        *("matched", "record", "tags", "comment"),
    ]


def test_reading_a_journal_again_changes_nothing(cli_on_each_engine: CommandLine) -> None:
    """Calls, leads and activities are the same after the second time, to the last byte."""
    cli = cli_on_each_engine
    questions = [(what, "--format", "jsonl") for what in ("calls", "leads", "activities")]
    cli("backfill", PLAIN, OTHER)
    before = [cli(*question).stdout for question in questions]
    assert [len(answer.splitlines()) for answer in before] == [2, 1, 1]
    again = cli("backfill", OTHER, PLAIN)
    assert again.status == 0
    assert [cli(*question).stdout for question in questions] == before


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_of_any_order_give_the_same_call(cli: CommandLine, seed: int) -> None:
    """Shuffled rows are read by their times."""
    rows = PLAIN.read_bytes().splitlines(keepends=True)
    random.Random(seed).shuffle(rows)
    assert cli("backfill", "-", stdin=b"".join(rows)).status == 0
    calls = cli("calls", "--format", "jsonl").documents
    assert [without_call_id(call) for call in calls] == [plain_call()]


def test_unreadable_lines_are_skipped_counted_and_named(cli: CommandLine) -> None:
    """Garbage between good rows costs nothing but a line on standard error; the exit is 0."""
    good = PLAIN.read_bytes().splitlines(keepends=True)
    bad = [b"\x00\xff\xfe garbage\n", b'"CHAN_START","CHAN_START","not a time","1.1","1.1","x"\n']
    answer = cli("backfill", "-", stdin=b"".join([*good[:5], bad[0], *good[5:], bad[1]]))
    assert (answer.status, answer.stderr.splitlines()) == (
        0,
        [
            "lab: 19 rows, 2 unreadable, 1 call",
            "  the first unreadable row: -:6: 1 field, expected 19",
        ],
    )
    calls = cli("calls", "--format", "jsonl").documents
    assert [without_call_id(call) for call in calls] == [plain_call()]


def test_an_unreadable_row_is_named_by_file_and_line(cli: CommandLine, tmp_path: Path) -> None:
    """Of several files, compressed ones too, and whatever lines a row before it takes."""
    good = PLAIN.read_bytes().splitlines(keepends=True)
    name = good[0].replace(b'"",""\n', b'"two\nlines",""\n')
    broken = tmp_path / "pbx_bridge.csv.2.gz"
    broken.write_bytes(gzip.compress(b"".join([name, *good[1:3], b"half a row\n", *good[3:]])))
    assert cli("backfill", PLAIN, broken).stderr.splitlines() == [
        "lab: 35 rows, 1 unreadable, 1 call",
        f"  the first unreadable row: {broken}:5: 1 field, expected 19",
    ]


def test_rows_that_lack_their_last_fields_are_told_and_named(
    cli: CommandLine, tmp_path: Path
) -> None:
    """Another list of fields: what is there is told, and it is said that the rest is missing."""
    journal = tmp_path / "journal.csv"
    rows = csv.reader(PLAIN.read_text("utf-8").splitlines())
    with journal.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(row[:16] for row in rows)
    assert cli("backfill", journal).stderr.splitlines() == [
        "lab: 17 rows, 0 unreadable, 1 call",
        f"  {journal}:1: the row lacks its last fields, and with them what they would tell "
        "(17 rows)",
    ]


def test_events_that_cel_does_not_log_are_named(cli: CommandLine) -> None:
    """Without BRIDGE_ENTER no call is told as answered: it is said what cel.conf has to name."""
    rows = [
        row.replace(b"1795384465.", b"17953%05d." % number)
        for number in range(20)
        for row in PLAIN.read_bytes().splitlines(keepends=True)
    ]
    unbridged = [row for row in rows if not row.startswith(b'"BRIDGE_')]
    answer = cli("backfill", "-", stdin=b"".join(unbridged))
    assert answer.stderr.splitlines() == [
        "lab: 260 rows, 0 unreadable, 20 calls",
        "  it holds no BRIDGE_ENTER, BRIDGE_EXIT: unless nobody ever lifted a phone, events = in "
        "Asterisk's cel.conf does not name them, and who spoke with whom, or why not, is told "
        "wrong",
    ]
    assert cli("backfill", "-", stdin=b"".join(rows)).stderr.count("\n") == 1


def test_rows_of_another_order_are_no_calls(cli: CommandLine) -> None:
    """Without eventenum every field is one place further on: nothing is made of such rows."""
    rows = csv.reader(PLAIN.read_text("utf-8").splitlines())
    text = "".join(",".join(f'"{cell}"' for cell in (r[0], *r[2:16])) + "\n" for r in rows)
    answer = cli("backfill", "-", stdin=text.encode())
    assert answer.stderr.splitlines()[:2] == [
        "lab: 17 rows, 17 unreadable, 0 calls",
        "  the first unreadable row: -:1: no event type where eventenum belongs: "
        "'2026-11-22T21:54:25.374576+0000'",
    ]


def test_an_empty_journal_is_read(cli: CommandLine) -> None:
    """Nothing in, nothing out, no complaint."""
    answer = cli("backfill", "-", stdin=b"")
    assert (answer.status, answer.stderr) == (0, "lab: 0 rows, 0 unreadable, 0 calls\n")


def test_a_missing_file_stops_before_anything_is_read(cli: CommandLine) -> None:
    """One wrong name among several: exit 2, the name in words, and no store was made."""
    answer = cli("backfill", PLAIN, "gone.csv", PLAIN.parent)
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            "error: gone.csv: No such file or directory",
            "  Nothing was read. `-` reads standard input.",
        ],
    )
    assert not (cli.folder / "store.db").exists()


def test_a_folder_is_no_journal(cli: CommandLine) -> None:
    """A folder's name is refused in words."""
    answer = cli("backfill", PLAIN.parent)
    assert (answer.status, answer.stderr.splitlines()[0]) == (
        2,
        f"error: {PLAIN.parent}: Is a directory",
    )


@pytest.mark.parametrize(
    ("config", "pbx"),
    [
        ("", "asterisk"),
        ('[[pbx]]\nname = "sydney"\njournal = "/var/log/pbx_bridge.csv"\n', "sydney"),
        (
            '[[pbx]]\nname = "a"\njournal = "/a.csv"\n[[pbx]]\nname = "b"\njournal = "JOURNAL"\n',
            "b",
        ),
    ],
)
def test_the_pbx_is_the_only_one_or_the_one_whose_journal_it_is(
    cli: CommandLine, config: str, pbx: str
) -> None:
    """Without --pbx the configuration tells whose calls they are; without any: asterisk's."""
    cli.write_config(config.replace("JOURNAL", str(PLAIN)))
    assert cli("backfill", PLAIN).stderr == f"{pbx}: 17 rows, 0 unreadable, 1 call\n"
    assert [call["pbx"] for call in cli("calls", "--format", "jsonl").documents] == [pbx]


def test_no_configuration_at_all_is_enough(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file, the store is pbx-bridge.db in the folder where one is."""
    monkeypatch.chdir(tmp_path)
    assert cli.run("backfill", PLAIN).stderr == "asterisk: 17 rows, 0 unreadable, 1 call\n"
    assert (tmp_path / "pbx-bridge.db").exists()
    assert len(cli.run("calls", "--format", "jsonl").documents) == 1


def test_several_pbxs_and_an_unknown_journal_ask_whose_it_is(cli: CommandLine) -> None:
    """The PBX is part of every call's key: it is not guessed."""
    cli.write_config('[[pbx]]\nname = "a"\n[[pbx]]\nname = "b"\n')
    answer = cli("backfill", PLAIN)
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            f"error: {PLAIN}: is no journal of a configured PBX, and there are several",
            "  Say which one it is from: --pbx a or b.",
        ],
    )
    assert cli("backfill", "--pbx", "b", PLAIN).stderr == "b: 17 rows, 0 unreadable, 1 call\n"


def test_an_unknown_pbx_is_refused(cli: CommandLine) -> None:
    """--pbx names one of those configured."""
    answer = cli("backfill", "--pbx", "sydney", PLAIN)
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        ["error: no [[pbx]] is named 'sydney'", "  Configured: lab."],
    )


def test_a_compressed_journal_is_read_as_it_is(cli: CommandLine, tmp_path: Path) -> None:
    """``backfill pbx_bridge.csv*`` meets what logrotate compressed, also on standard input."""
    rotated = tmp_path / "pbx_bridge.csv.2.gz"
    rotated.write_bytes(gzip.compress(PLAIN.read_bytes()))
    for answer in (
        cli("backfill", rotated),
        cli("backfill", "-", stdin=rotated.read_bytes()),
    ):
        assert (answer.status, answer.stderr) == (0, "lab: 17 rows, 0 unreadable, 1 call\n")
    calls = cli("calls", "--format", "jsonl").documents
    assert [without_call_id(call) for call in calls] == [plain_call()]


def test_a_compressed_file_that_is_broken_is_named(cli: CommandLine, tmp_path: Path) -> None:
    """What it holds up to there is read; which of several it is, is said."""
    broken = tmp_path / "pbx_bridge.csv.2.gz"
    broken.write_bytes(gzip.compress(PLAIN.read_bytes())[:-8])
    answer = cli("backfill", OTHER, broken)
    assert answer.stderr.splitlines()[1].startswith(
        f"  the first unreadable row: {broken}: the compressed file is broken from here on"
    )
    assert len(cli("calls", "--format", "jsonl").documents) == 2


def test_a_file_that_is_no_journal_is_said_to_be_none(cli: CommandLine) -> None:
    """Nothing is made of it, and what was expected is said."""
    answer = cli("backfill", "-", stdin=PLAIN.read_bytes().replace(b'","', b'";"'))
    assert (answer.status, answer.stderr.splitlines()) == (
        0,
        [
            "lab: 17 rows, 17 unreadable, 0 calls",
            "  the first unreadable row: -:1: 1 field, expected 19 separated by commas: "
            "these seem to be separated by semicolons",
            "  No row of it is a journal's: those have 19 fields with commas between them "
            "and times with their zone, as dialplan/cel_custom_pbx_bridge.conf and "
            "cel_pbx_bridge.conf write them.",
        ],
    )
    assert cli("calls", "--format", "jsonl").documents == []


def test_a_trunk_that_is_not_configured_is_named(cli: CommandLine, tmp_path: Path) -> None:
    """No call came in: the lines on which calls began are named, and what is taken for outside."""
    journal = tmp_path / "journal.csv"
    rows = PLAIN.read_text("utf-8") + (JOURNALS / "internal.csv").read_text("utf-8")
    journal.write_text(
        rows.replace("PJSIP/trunk-", "PJSIP/provider-").replace("from-trunk", "voip-in"), "utf-8"
    )
    assert cli("backfill", journal).stderr.splitlines() == [
        "lab: 32 rows, 0 unreadable, 2 calls",
        "  none of them came in from outside: no channel's name matches trunks = "
        '["PJSIP/trunk-*"], and no channel\'s context inbound_contexts = ["from-trunk"]',
        "  calls began at PJSIP/provider-* in voip-in (1), PJSIP/1001-* in internal (1): if one of "
        "these is an outside line, name it in trunks of [[pbx]] lab, and read the journal again",
    ]
