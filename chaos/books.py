"""The three books: what the wire saw, what Asterisk's journal says, what the store holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chaos.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A stretch of time in which the caller and a phone spoke."""

    extension: str
    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCall:
    """What SIPp saw of one call, on the caller's side and at the phones.

    ``reached_at`` is when the INVITE that the PBX took was sent, None when it took none.
    ``sign_seconds`` is from then to the first sign of the dialplan (180, 200, a refusal),
    ``trying_seconds`` to the PBX's bare 100. ``lag_seconds`` is how late the PBX was at most to
    react on this call's wires. ``shown`` are the names that handsets showed.
    """

    key: str
    kind: Kind
    number: str
    is_known: bool
    reached_at: datetime | None
    trying_seconds: float | None
    sign_seconds: float | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    final_status: int | None
    lag_seconds: float
    talks: tuple[Talk, ...]
    shown: tuple[str, ...]

    @property
    def talk_seconds(self) -> float:
        """How long phones spoke with the caller."""
        return sum(talk.seconds for talk in self.talks)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournaledCall:
    """What Asterisk's journal says of one caller's channel.

    ``ended_at`` None: Asterisk died under the call, whose last row is of ``last_at``. ``is_in_box``
    says that it was in the voicemail box by then. ``shown_id`` is the call ID that the bridge gave
    while it rang, "" when it gave none; ``was_looked_up`` is None for a caller who hung up before
    the dialplan noted either. ``door_seconds`` is how long he stood at the bridge's door.
    """

    key: str
    linkedid: str
    number: str
    dialled: str
    started_at: datetime
    ended_at: datetime | None
    last_at: datetime
    talks: tuple[Talk, ...]
    is_message_left: bool
    is_in_box: bool
    shown_id: str
    was_looked_up: bool | None
    door_seconds: float

    @property
    def is_cut(self) -> bool:
        """Whether Asterisk died under it."""
        return self.ended_at is None

    @property
    def talk_seconds(self) -> float:
        """How long phones were bridged with the caller."""
        return sum(talk.seconds for talk in self.talks)

    @property
    def outcome(self) -> str:
        """What became of it."""
        if self.talks:
            return "answered"
        return "voicemail" if self.is_message_left else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreBook:
    """What the store holds, as the command line prints it: documented fields, one dict each."""

    calls: tuple[dict[str, Any], ...]
    leads: tuple[dict[str, Any], ...]
    activities: tuple[dict[str, Any], ...]
