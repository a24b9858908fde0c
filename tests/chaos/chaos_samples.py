"""Three equal books of a few calls, to be spoilt one entry at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chaos.books import JournaledCall, PlacedCall, StoreBook, Talk
from chaos.comparing import Books
from chaos.faults import Away
from chaos.kinds import KINDS, Kind

NOON = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)


def kind(name: str) -> Kind:
    """A kind of call by its name."""
    return next(each for each in KINDS if each.name == name)


def after(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


@dataclass(slots=True)
class Shelf:
    """The books while they are written; `books` is what is compared."""

    wire: list[PlacedCall] = field(default_factory=list)
    journal: list[JournaledCall] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    leads: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)

    @property
    def books(self) -> Books:
        """All three."""
        return Books(
            wire=self.wire,
            journal=self.journal,
            store=StoreBook(
                calls=tuple(self.calls),
                leads=tuple(self.leads),
                activities=tuple(self.activities),
            ),
            away=self.away,
        )


def stocked() -> Shelf:
    """A stranger who spoke with 1001, a known caller who found 1004 busy, a cut-off talk."""
    shelf = Shelf()
    add_call(shelf, 1, "short talk", talk=(0.5, 2.0, "1001"))
    add_call(shelf, 2, "busy", is_known=True)
    add_call(shelf, 3, "long talk", talk=(0.5, 4.0, "1001"), is_cut=True)
    shelf.away.append(Away(since=after(4.1), until=after(5.0)))
    return shelf


def add_call(
    shelf: Shelf,
    serial: int,
    name: str,
    *,
    talk: tuple[float, float, str] | None = None,
    is_known: bool = False,
    is_cut: bool = False,
) -> None:
    """Write one call into all three books, the same."""
    what, number, ended = kind(name), f"+4930200{serial:05}", after(talk[1] if talk else 0.4)
    talks = (Talk(extension=talk[2], since=after(talk[0]), until=ended),) if talk else ()
    key, linkedid, call_id = f"{name} {serial}", f"1795.{serial}", f"AAAAA{serial}"
    shelf.wire.append(
        PlacedCall(
            key=key,
            kind=what,
            number=number,
            is_known=is_known,
            reached_at=NOON,
            trying_seconds=0.002,
            sign_seconds=0.03,
            answered_at=talks[0].since if talks else None,
            ended_at=ended,
            ended_by="caller",
            final_status=200 if talks else 486,
            lag_seconds=0.0,
            talks=talks,
            shown=() if is_known else (f"Chaos {call_id}",),
        )
    )
    shelf.journal.append(
        JournaledCall(
            key=key,
            linkedid=linkedid,
            number=number,
            dialled=what.number,
            started_at=NOON,
            ended_at=None if is_cut else ended,
            last_at=ended,
            talks=talks,
            is_message_left=False,
            is_in_box=False,
            shown_id=call_id,
            was_looked_up=True,
            door_seconds=0.004,
        )
    )
    record = {"type": "activity" if is_known else "lead", "id": serial}
    shelf.calls.append(
        {
            "call_id": call_id,
            "linkedid": linkedid,
            "caller_name": key,
            "caller_number": number,
            "caller_e164": number,
            "dialled_number": what.number,
            "direction": "inbound",
            "enrichment": "enriched",
            "tracking_number": {"label": name},
            "outcome": "answered" if talks else "missed",
            "missed_reason": None if talks else what.missed_reason,
            "is_estimated": is_cut,
            "answered_by": talks[0].extension if talks else None,
            "transfers": [],
            "started_at": NOON.isoformat(),
            "ended_at": ended.isoformat(),
            "talk_seconds": talks[0].seconds if talks else 0.0,
            "record": record,
        }
    )
    if is_known:
        call = {"pbx": "chaos", "linkedid": linkedid}
        shelf.activities.append({"id": serial, "call": call})
    else:
        first = {"pbx": "chaos", "linkedid": linkedid}
        numbers = [{"e164": number}]
        shelf.leads.append({"id": serial, "first_call": first, "phone_numbers": numbers})
