"""What ``check`` makes of what it sees, where no real Asterisk would show it at will."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import PLAIN, CommandLine

from pbx_bridge.asterisk.ami import AmiMessage
from pbx_bridge.asterisk.inspect import AmiView, AriView
from pbx_bridge.config import Config, MidCallConfig, PbxConfig
from pbx_bridge.setup import check_ami, check_ari, check_fastagi, check_files, check_store
from pbx_bridge.setup.findings import Finding

LAB = PbxConfig(name="lab", inbound_contexts=("from-trunk",))
CONFIG = Config(pbx=(LAB,))
EVENTS = (
    "CHAN_START,CHAN_END,ANSWER,HANGUP,BRIDGE_ENTER,BRIDGE_EXIT,APP_START,APP_END,PARK_START,"
    "PARK_END,BLINDTRANSFER,ATTENDEDTRANSFER,PICKUP,FORWARD,USER_DEFINED,LINKEDID_END,"
    "LOCAL_OPTIMIZE"
)
VALUES = {
    "DIALPLAN_EXISTS(pbx-bridge-inbound,s,1)": "1",
    "DIALPLAN_EXISTS(from-trunk)": "1",
    "PBX_BRIDGE_FALLBACK_CONTEXT": "from-pstn",
    "IFMODULE(func_config.so)": "1",
    "AST_CONFIG(manager.conf,general,timestampevents)": "yes",
    "AST_CONFIG(cel.conf,general,enable)": "yes",
    "AST_CONFIG(cel.conf,general,events)": EVENTS,
    "AST_CONFIG(cel.conf,general,apps)": "dial,queue,voicemail,mixmonitor",
    "AST_CONFIG(cel.conf,general,dateformat)": "%FT%T.%6q%z",
    "AST_CONFIG(cel.conf,manager,enabled)": "yes",
}
ARI = AriView(
    version="22.10.1",
    started_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
    modules=frozenset(check_ari.MODULES),
    is_app_connected=True,
    may_write=True,
)
AMI = AmiView(
    actions=frozenset({"Setvar", "Getvar", "Originate"}),
    clock_skew_seconds=0.9,
    values=VALUES,
    events=(AmiMessage(name="FullyBooted", timestamp="", fields={}),),
)


def event(name: str, timestamp: str = "1795389538.5", **fields: str) -> AmiMessage:
    """One AMI event."""
    return AmiMessage(name=name, timestamp=timestamp, fields=fields)


def problems(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Everything that is not good; each of them has advice."""
    found = [finding for finding in findings if finding.verdict != "good"]
    assert all(finding.advice for finding in found)
    return [(finding.subject, str(finding.verdict), finding.what) for finding in found]


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ([], []),
        (
            ["app_stasis_broadcast.so"],
            [("lab door", "doubtful", "Stasis: app_stasis_broadcast is not loaded")],
        ),
        (
            ["app_stasis_broadcast.so", "app_stasis.so"],
            [
                (
                    *("lab door", "bad"),
                    "neither app_stasis_broadcast nor app_stasis is loaded: no call reaches the "
                    "bridge",
                )
            ],
        ),
        (["cel_manager.so"], [("lab CEL modules", "bad", "not loaded: cel_manager.so")]),
        (["cel_custom.so"], []),
    ],
)
def test_missing_modules_are_named(
    lacking: list[str], expected: list[tuple[str, str, str]]
) -> None:
    """Without a journal CEL has to come over AMI; an older Asterisk has the older door."""
    view = replace(ARI, modules=ARI.modules - set(lacking))
    assert problems(check_ari.findings(LAB, view)) == expected


def ami_problems(
    view: AmiView, pbx: PbxConfig = LAB, **mid_call: int
) -> list[tuple[str, str, str]]:
    """What is wrong about one PBX, seen over AMI."""
    config = Config(pbx=(pbx,), mid_call=MidCallConfig.model_validate(mid_call))
    return problems(check_ami.findings(config, pbx, view))


def valued(**changes: str) -> AmiView:
    """The view with other values; a key is the beginning of an expression's name."""
    names = {key: name for key in changes for name in VALUES if key in name.lower()}
    return replace(AMI, values=VALUES | {names.get(key, key): v for key, v in changes.items()})


def test_nothing_is_wrong_with_a_pbx_as_it_should_be() -> None:
    """Every judge is content."""
    assert ami_problems(AMI) == []


FASTAGI = PbxConfig(name="lab", door="fastagi")
FASTAGI_VALUES = {
    "PBX_BRIDGE_FASTAGI": "agi://127.0.0.1:4573/inbound",
    "IFMODULE(res_agi.so)": "1",
    "IFMODULE(app_celgenuserevent.so)": "1",
    "IFMODULE(cel_manager.so)": "1",
}
BESIDE = PbxConfig(name="beside", door="fastagi")


def fastagi_problems(
    *pbxs: PbxConfig, host: str = "127.0.0.1", **changes: str
) -> list[tuple[str, str, str]]:
    """What is wrong about the first one's FastAGI door; ``url`` is what its dialplan asks."""
    names = {"url": "PBX_BRIDGE_FASTAGI", "agi": "IFMODULE(res_agi.so)"}
    names["events"] = "IFMODULE(cel_manager.so)"
    values = FASTAGI_VALUES | {names[key]: value for key, value in changes.items()}
    config = Config.model_validate({"pbx": pbxs, "fastagi": {"host": host}})
    view = replace(AMI, values=values)
    return problems(check_fastagi.findings(config, pbxs[0], view))


@pytest.mark.parametrize(
    ("pbxs", "changes", "expected"),
    [
        ([FASTAGI], {}, ""),
        ([FASTAGI], {"url": "agi://127.0.0.1/inbound"}, ""),
        ([FASTAGI], {"url": "agi://127.0.0.1/inbound?pbx=lab"}, ""),
        ([FASTAGI, BESIDE], {"url": "agi://127.0.0.1/inbound?pbx=lab"}, ""),
        ([FASTAGI, LAB], {}, ""),
        ([LAB], {"url": ""}, ""),
        (
            [LAB],
            {},
            'the dialplan asks by FastAGI (agi://127.0.0.1:4573/inbound), and door is "ari"',
        ),
        ([FASTAGI], {"url": ""}, "PBX_BRIDGE_FASTAGI is empty: no call reaches the bridge"),
        (
            [FASTAGI],
            {"url": "agi://127.0.0.1:4573/"},
            "agi://127.0.0.1:4573/ is not agi://HOST:PORT/inbound",
        ),
        (
            [FASTAGI],
            {"url": "agi://pbx:4574/inbound"},
            "agi://pbx:4574/inbound asks at port 4574, and the bridge listens at 4573",
        ),
        (
            [FASTAGI],
            {"url": "agi://pbx:x/inbound"},
            "agi://pbx:x/inbound asks at port x, and the bridge listens at 4573",
        ),
        (
            [FASTAGI, BESIDE],
            {},
            "agi://127.0.0.1:4573/inbound does not say which of the PBXs behind this address calls",
        ),
        (
            [FASTAGI],
            {"url": "agi://127.0.0.1/inbound?pbx=beside"},
            "agi://127.0.0.1/inbound?pbx=beside says that beside calls, and this is lab",
        ),
        (
            [FASTAGI.model_copy(update={"ami_host": "10.0.0.5"})],
            {},
            "[fastagi] host 127.0.0.1 is reached from this machine alone, and lab calls from "
            "10.0.0.5/32",
        ),
        ([FASTAGI.model_copy(update={"ami_host": "10.0.0.5"})], {"host": "0.0.0.0"}, ""),
        ([FASTAGI], {"agi": "0"}, "res_agi is not loaded: no call reaches the bridge"),
    ],
)
def test_a_fastagi_door_that_leads_nowhere_is_named(
    pbxs: list[PbxConfig], changes: dict[str, str], expected: str
) -> None:
    """What the dialplan asks and what the bridge answers to must be the same."""
    told = [("lab door", "bad", expected)] if expected else []
    assert fastagi_problems(*pbxs, **changes) == told


def test_cel_is_looked_at_without_ari_too() -> None:
    """Over AMI, since there is no other way; without the right to look nothing is known."""
    told = [("lab CEL modules", "bad", "not loaded: cel_manager")]
    assert fastagi_problems(FASTAGI, events="0") == told
    blind = AmiView(actions=frozenset(), clock_skew_seconds=0, values={}, events=())
    found = problems(check_fastagi.findings(Config(pbx=(FASTAGI,)), FASTAGI, blind))
    assert [(subject, verdict) for subject, verdict, _ in found] == [
        ("lab door", "doubtful"),
        ("lab CEL modules", "doubtful"),
    ]


@pytest.mark.parametrize(
    ("skew", "what"),
    [
        (1.5, "the PBX's is 1.5 s ahead of this host's"),
        (-3600.0, "the PBX's is 3600.0 s behind this host's"),
    ],
)
def test_clocks_that_differ_are_told(skew: float, what: str) -> None:
    """More than a second mixes up who rang when."""
    assert ami_problems(replace(AMI, clock_skew_seconds=skew)) == [("lab clock", "bad", what)]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event("CEL"), event("Newstate"), event("VarSet", Variable="MIXMONITOR_FILENAME")], []),
        (
            [event("RTCPSent"), event("VarSet", Variable="X"), event("RTCPSent")],
            [
                (
                    *("lab AMI filter", "doubtful"),
                    "events that the bridge does not need: RTCPSent, VarSet",
                )
            ],
        ),
    ],
)
def test_an_event_filter_that_leaks_is_told(
    events: list[AmiMessage], expected: list[tuple[str, str, str]]
) -> None:
    """Events that nobody needs cost the bridge time on every call."""
    assert ami_problems(replace(AMI, events=tuple(events))) == expected


@pytest.mark.parametrize(
    ("view", "verdict"),
    [
        (valued(timestampevents=""), "bad"),
        (replace(valued(timestampevents=""), events=(event("CEL"),)), None),
        (replace(valued(func_config="0", timestampevents=""), events=(event("CEL", ""),)), "bad"),
        (valued(func_config="0", timestampevents=""), "doubtful"),
    ],
)
def test_timestamps_are_seen_in_the_settings_or_on_events(
    view: AmiView, verdict: str | None
) -> None:
    """One stamped event proves them, one without disproves them; else the settings tell."""
    found = [found[1] for found in ami_problems(view) if found[0] == "lab AMI times"]
    assert found == ([verdict] if verdict else [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"general,enable": "no"}, ("lab CEL", "bad", "not enabled in cel.conf")),
        (
            {"general,apps": "all"},
            ("lab CEL", "bad", "apps lacks dial, queue, voicemail, mixmonitor"),
        ),
        (
            {"general,events": EVENTS.replace("HANGUP,", "")},
            ("lab CEL", "bad", "events lacks HANGUP"),
        ),
        (
            {"general,events": "ALL"},
            ("lab CEL", "bad", "events=ALL also journals the digits that callers type"),
        ),
        (
            {"cel.conf,manager": ""},
            (
                *("lab CEL", "bad"),
                "[manager] enabled is not yes, and AMI is the only source without a journal",
            ),
        ),
        (
            {"func_config": "0"},
            (
                *("lab CEL", "doubtful"),
                "its settings cannot be seen from here: func_config is not loaded",
            ),
        ),
        (
            {"fallback_context": ""},
            (
                *("lab fallback", "doubtful"),
                "none: while the bridge is away callers hear congestion",
            ),
        ),
        (
            {"PBX_BRIDGE_BUDGET_MS": "300"},
            (
                *("lab budget", "doubtful"),
                "the dialplan waits 300 ms, the bridge takes up to 500",
            ),
        ),
        (
            {"pbx-bridge-inbound": "0"},
            ("lab dialplan", "bad", "the context pbx-bridge-inbound is not loaded"),
        ),
    ],
)
def test_a_setting_that_does_not_do_is_named(
    changes: dict[str, str], expected: tuple[str, str, str]
) -> None:
    """One wrong setting of the PBX, one line about it."""
    assert ami_problems(valued(**changes)) == [expected]


def test_a_user_who_may_not_read_is_no_reason_to_guess() -> None:
    """What cannot be seen is not called good."""
    view = replace(AMI, actions=frozenset({"Setvar"}), values={})
    subjects = [(subject, verdict) for subject, verdict, _ in ami_problems(view)]
    assert subjects == [
        ("lab AMI", "doubtful"),
        ("lab AMI times", "doubtful"),
        ("lab CEL", "doubtful"),
        ("lab dialplan", "doubtful"),
    ]


def file_problems(started_at: datetime | None = None, **paths: Path) -> list[tuple[str, str, str]]:
    """What is wrong about the journal and the recordings."""
    pbx = PbxConfig(name="lab", **{"recordings": PLAIN.parent, **paths})
    return problems(check_files.findings(pbx, started_at))


def test_a_journal_as_asterisk_writes_it_is_good() -> None:
    """A real one, with rows since Asterisk started."""
    assert file_problems(ARI.started_at, journal=PLAIN) == []


def test_a_journal_without_a_row_since_the_start_is_doubtful() -> None:
    """CEL is off, or the boot marker is not included."""
    started_at = datetime(2026, 11, 22, 22, tzinfo=UTC)
    (found,) = file_problems(started_at, journal=PLAIN)
    assert found == (
        *("lab journal", "doubtful"),
        f"{PLAIN}: no row since Asterisk started at 2026-11-23 09:00:00",
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("doubtful", "PATH is empty")),
        (
            b'"ANSWER","ANSWER","1795384465.145","1.1","1.1"\n',
            ("bad", "PATH: its last row cannot be read: 5 fields, expected 19"),
        ),
        (
            PLAIN.read_bytes().replace(b"+0000", b""),
            (
                *("bad", "PATH: its last row cannot be read: time without a zone: "),
                "'2026-11-22T21:54:26.249383'; set dateformat in cel.conf",
            ),
        ),
        (b'{"eventtype": "ANSWER"}\n', ("bad", "PATH: its last row cannot be read: 1 fields")),
    ],
)
def test_a_journal_of_another_form_is_bad(
    tmp_path: Path, content: bytes, expected: tuple[str, ...]
) -> None:
    """The last row is read as the bridge would read it."""
    path = tmp_path / "pbx_bridge.csv"
    path.write_bytes(content)
    ((subject, verdict, what),) = file_problems(journal=path)
    said = "".join(expected[1:]).replace("PATH", str(path))
    assert (subject, verdict, what[: len(said)]) == ("lab journal", expected[0], said)


def test_a_row_that_asterisk_cut_is_no_other_form(tmp_path: Path) -> None:
    """Rows end at 1,023 bytes: a long last one lacks fields, and that is well."""
    path = tmp_path / "pbx_bridge.csv"
    last = PLAIN.read_bytes().splitlines()[-3].rsplit(b",", 2)[0]
    path.write_bytes(PLAIN.read_bytes() + last + b',"' + b"x" * (1023 - len(last) - 2) + b"\n")
    assert file_problems(journal=path) == []


def test_a_journal_that_was_never_written_is_doubtful(tmp_path: Path) -> None:
    """The folder is there, the file not yet."""
    ((subject, verdict, what),) = file_problems(journal=tmp_path / "pbx_bridge.csv")
    assert (subject, verdict) == ("lab journal", "doubtful")
    assert "does not exist yet" in what


def store_problems(url: str) -> list[tuple[str, str, str]]:
    """What is wrong about a store."""
    return problems(asyncio.run(check_store.findings(url)))


def test_the_store_is_looked_at_and_not_made(cli_on_an_empty_store: CommandLine) -> None:
    """Not there or empty: doubtful; migrated: only the numbers are missing."""
    cli = cli_on_an_empty_store
    (before,) = store_problems(cli.store_url)
    assert before[:2] == ("store", "doubtful")
    assert not (cli.folder / "store.db").exists()
    cli("migrate")
    assert store_problems(cli.store_url) == [
        ("tracking numbers", "doubtful", "none: every call goes to your fallback")
    ]


def test_a_store_that_cannot_be_used_is_bad(cli: CommandLine) -> None:
    """A folder that is not there, and a store from a newer version."""
    cli("migrate")
    with sqlite3.connect(cli.folder / "store.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    (newer,) = store_problems(cli.store_url)
    (nowhere,) = store_problems("sqlite+aiosqlite:////nowhere/store.db")
    assert (newer[:2], nowhere) == (
        ("store", "bad"),
        ("store", "bad", "the folder /nowhere does not exist"),
    )
    assert "revision 9999, from a newer version" in newer[2]


def test_no_pbx_at_all_is_bad(cli: CommandLine) -> None:
    """An empty configuration: exit 1, and where to begin."""
    cli.write_config()
    answer = cli("check")
    assert (answer.status, answer.text.splitlines()[:2]) == (
        1,
        [
            "✗ PBX    no [[pbx]] is configured",
            "         Write one: `pbx-bridge init DIR` shows how.",
        ],
    )


def test_what_a_pbx_says_cannot_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fallback with an escape in it is shown as text."""
    from rich.console import Console

    from pbx_bridge.commands import setting_up

    found: list[Any] = []
    monkeypatch.setattr(Console, "print", lambda self, text, **_: found.append(text.plain))
    view = valued(fallback_context="\x1b[2Jx")
    setting_up._print(list(check_ami.findings(CONFIG, LAB, view)))
    assert [line for line in found if not line.isprintable()] == []
    assert any("[2Jx" in line for line in found)


def test_a_folder_of_recordings_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bridge's user is another one than Asterisk's."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = file_problems(journal=PLAIN, recordings=tmp_path)
    assert found == [("lab recordings", "bad", f"{tmp_path}: may not be read")]
