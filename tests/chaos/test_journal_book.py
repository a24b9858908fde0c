"""The second book: what a simple reading makes of journals that the real Asterisk wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.journal_book import journal_files, read_journal, read_rows

JOURNALS = Path(__file__).parents[1] / "calls/journals"


@pytest.mark.parametrize(
    ("name", "outcome", "talks", "is_cut"),
    [
        ("snippet_plain", "answered", [("1001", 0.5)], False),
        ("snippet_decline", "missed", [], False),
        ("snippet_vm", "voicemail", [], False),
        ("snippet_vm_none", "missed", [], False),
        ("snippet_q_abandon", "missed", [], False),
        ("xfer_blind_refer_busy", "answered", [("1001", 0.5)], False),
        ("restart_sigkill", "answered", [("1001", 0.0)], True),
    ],
)
def test_a_recorded_journal_is_read_as_what_it_was(
    name: str, outcome: str, talks: list[tuple[str, float]], is_cut: bool
) -> None:
    """Who was bridged with the caller and how long, a message left, a PBX that died."""
    (call,) = read_journal(read_rows([JOURNALS / f"{name}.csv"]))
    told = [(talk.extension, round(talk.seconds, 1)) for talk in call.talks]
    assert (call.outcome, told, call.is_cut) == (outcome, talks, is_cut)


def test_rotated_journals_are_read_oldest_first(tmp_path: Path) -> None:
    """As logrotate leaves them: .10 is older than .9, and the plain name is the newest."""
    for name in ("pbx_bridge.csv", "pbx_bridge.csv.1", "pbx_bridge.csv.10", "pbx_bridge.csv.9"):
        (tmp_path / name).touch()
    names = [path.name for path in journal_files(tmp_path / "pbx_bridge.csv")]
    assert names == [
        "pbx_bridge.csv.10",
        "pbx_bridge.csv.9",
        "pbx_bridge.csv.1",
        "pbx_bridge.csv",
    ]
