"""What a run found, for a person: three books side by side, the longest hold, differences."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from chaos.books import JournaledCall, PlacedCall
from chaos.bridges import CANNOT_START
from chaos.comparing import Books, Difference
from chaos.faults import Fault
from chaos.holds import MOST_SECONDS, Hold
from chaos.journal_book import Row
from chaos.kinds import KINDS

_SHOWN = 20
_OUTCOMES = ("answered", "missed", "voicemail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that a run found."""

    books: Books
    differences: Sequence[Difference]
    holds: Sequence[Hold]
    silent: Sequence[PlacedCall]
    faults: Sequence[Fault]
    machine_still_seconds: float
    endings: Mapping[str, Sequence[int]]
    problem: str

    @property
    def crashes(self) -> list[str]:
        """Bridges that ended by themselves, though they had started."""
        return [
            name
            for name, statuses in self.endings.items()
            for status in statuses
            if status != CANNOT_START
        ]

    @property
    def too_long(self) -> list[Hold]:
        """Callers who were held longer than may be."""
        return [hold for hold in self.holds if hold.held_seconds > MOST_SECONDS]

    @property
    def is_pass(self) -> bool:
        """Three equal books, and nobody held."""
        wrong = (self.differences, self.too_long, self.silent, self.crashes, self.problem)
        return not any(wrong)


def tell(findings: Findings, rows: Sequence[Row]) -> Iterator[str]:
    """Return the report, line by line."""
    yield from _table(findings.books)
    yield ""
    faults = Counter(fault.what for fault in findings.faults)
    yield f"{len(findings.faults)} faults: " + ", ".join(
        f"{times} × {what}" for what, times in sorted(faults.items())
    )
    yield from _holds(findings)
    yield from _endings(findings)
    yield ""
    yield from _differences(findings.differences, rows)


def _table(books: Books) -> Iterator[str]:
    yield (
        f"{'kind of call':<16}{'placed':>7}{'taken':>7}{'journal':>9}{'store':>7}"
        f"  {'answered':>14}{'missed':>14}{'voicemail':>14}{'cut':>7}"
    )
    yield f"{'':<46}  {'SIPp/jrnl/store':>14}{'jrnl/store':>14}{'jrnl/store':>14}"
    for kind in [*(each.name for each in KINDS), ""]:
        yield _row_of(kind, books)


def _row_of(kind: str, books: Books) -> str:
    """One line of the table; without a kind the sum of all."""
    placed = [call for call in books.wire if kind in ("", call.kind.name)]
    keys = {call.key for call in placed}
    journal = [call for call in books.journal if call.key in keys]
    store = [call for call in books.store.calls if call["caller_name"] in keys]
    counted = [
        (sum(1 for j in journal if j.outcome == one), sum(1 for s in store if s["outcome"] == one))
        for one in _OUTCOMES
    ]
    answered, missed, voicemail = (f"{of_journal}/{of_store}" for of_journal, of_store in counted)
    spoken = sum(1 for call in placed if call.talks)
    taken = sum(1 for call in placed if call.reached_at is not None)
    return (
        f"{kind or 'all':<16}{len(placed):>7}{taken:>7}{len(journal):>9}{len(store):>7}"
        f"  {f'{spoken}/{answered}':>14}{missed:>14}{voicemail:>14}{_cut(journal):>7}"
    )


def _cut(journal: Sequence[JournaledCall]) -> int:
    return sum(1 for call in journal if call.is_cut)


def _holds(findings: Findings) -> Iterator[str]:
    if findings.holds:
        longest = findings.holds[0]
        yield (
            f"longest hold by a fault: {_tell_hold(longest)}; may be {MOST_SECONDS * 1000:.0f} ms"
        )
        waited = max(findings.holds, key=lambda hold: hold.waited_seconds)
        yield (
            f"longest wait on the wire: {_tell_hold(waited)}; the machine stood still for"
            f" {findings.machine_still_seconds * 1000:.0f} ms at most"
        )
    for hold in findings.too_long[:_SHOWN]:
        yield f"HELD   at {hold.at:%H:%M:%S.%f}: {_tell_hold(hold)}"
    for call in findings.silent[:_SHOWN]:
        yield f"SILENT {call.key!r}, taken at {call.reached_at:%H:%M:%S.%f}, never heard anything"


def _tell_hold(hold: Hold) -> str:
    return (
        f"{hold.held_seconds * 1000:.0f} ms ({hold.key!r}: {hold.waited_seconds * 1000:.0f} ms on"
        f" the wire, {hold.door_seconds * 1000:.0f} ms at the door)"
    )


def _endings(findings: Findings) -> Iterator[str]:
    for name, statuses in findings.endings.items():
        waited = sum(1 for status in statuses if status == CANNOT_START)
        if waited:
            yield f"bridge {name} could not start {waited} times, its store being away"
    for name in findings.crashes:
        yield f"CRASH  bridge {name} ended by itself: bridge-{name}.log"
    if findings.problem:
        yield f"NOT SETTLED {findings.problem}"


def _differences(differences: Sequence[Difference], rows: Sequence[Row]) -> Iterator[str]:
    if not differences:
        yield "Differences between the three books: none."
        return
    kinds = Counter(difference.what for difference in differences)
    yield f"Differences between the three books: {len(differences)}"
    yield from (f"  {times:>5} × {what}" for what, times in kinds.most_common())
    by_call: dict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_call[difference.key].append(difference)
    for key, of_call in list(by_call.items())[:_SHOWN]:
        yield ""
        yield repr(key)
        for each in of_call:
            yield f"  {each.what}: SIPp {each.wire} | journal {each.journal} | store {each.store}"
        for row in rows_of(rows, of_call[0].linkedid):
            yield f"    {row.at:%H:%M:%S.%f} {row.event:<12} {row.channel} {row.text}"[:140]
    if len(by_call) > _SHOWN:
        yield f"… and {len(by_call) - _SHOWN} calls more: differences.jsonl"


def rows_of(rows: Sequence[Row], linkedid: str) -> list[Row]:
    """The journal's rows of one call."""
    return [row for row in rows if linkedid and row.linkedid == linkedid]


def keep_for_post_mortem(folder: Path, findings: Findings) -> None:
    """Write the books and the differences where they can be looked at afterwards."""

    def write(name: str, lines: Sequence[object]) -> None:
        text = "\n".join(json.dumps(line, default=str, ensure_ascii=False) for line in lines)
        (folder / name).write_text(text + "\n", "utf-8")

    write("differences.jsonl", [asdict(each) for each in findings.differences])
    write("wire.jsonl", [asdict(each) for each in findings.books.wire])
    write("journal.jsonl", [asdict(each) for each in findings.books.journal])
    write("store-calls.jsonl", findings.books.store.calls)
    write("store-leads.jsonl", findings.books.store.leads)
    write("store-activities.jsonl", findings.books.store.activities)
