"""One leg: what happened to one channel, from its first event to its last.

A leg is a small state machine, whose table is in ``folding.py``. Asterisk creates a channel
(``DOWN``), the far phone may say that it rings, somebody answers (``UP``), the channel enters and
leaves mixing bridges (``BRIDGED``) any number of times, it is hung up and destroyed (``ENDED``).
A channel that Asterisk itself answers (an IVR, a queue, voicemail) is up as well: being up says
nothing about a human.

A PBX never owes us order or completeness: rows get lost, are cut, arrive twice. So a pair that
the table does not list is an anomaly which is counted, and the call goes on: an ``ANSWER`` of a
channel whose start was lost is still an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.lines import is_local, is_phone


class LegState(StrEnum):
    """Where a channel is in its life."""

    UNSEEN = "unseen"
    DOWN = "down"
    RINGING = "ringing"
    UP = "up"
    BRIDGED = "bridged"
    HUNG_UP = "hung_up"
    ENDED = "ended"


@dataclass(slots=True, kw_only=True)
class AppRun:
    """One run of a dialplan application on a leg; ``ended_at`` is None while it runs."""

    name: str
    args: str
    exten: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Stay:
    """One stay of a leg in a mixing bridge; ``left_at`` is None while it lasts."""

    bridge_id: str
    entered_at: datetime
    left_at: datetime | None = None
    is_holding: bool = False
    """A holding bridge (parking) plays music: those in it do not hear each other."""


@dataclass(slots=True, kw_only=True)
class Sound:
    """A sound file that was played to the leg; ``ended_at`` is None while it plays."""

    name: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """How a leg was hung up. ``source`` is the channel that did it, ``dialplan/…``, or empty."""

    at: datetime
    cause: int | None
    source: str
    dialstatus: str


@dataclass(slots=True, kw_only=True)
class Leg:
    """One channel's life, folded from its events. Written by ``folding.fold_leg`` alone."""

    uniqueid: str
    channel: str
    started_at: datetime
    state: LegState = LegState.UNSEEN
    is_start_seen: bool = False
    is_clock_stepped: bool = False
    """It seems to have ended before it began: its times cannot be trusted."""
    is_second_seen: bool = False
    """Redirecting numbers of later rows are our own doing."""
    number: str = ""
    name: str = ""
    exten: str = ""
    context: str = ""
    ani: str = ""
    dnid: str = ""
    rdnis: str = ""
    later_number: str = ""
    """What the number became after the first row: for an originated leg, whom it is for."""
    later_exten: str = ""
    is_placed_by_pbx: bool = False
    """Asterisk made this channel (Dial, Queue, Originate); no phone or trunk came in on it."""
    is_originated: bool = False
    """No dialplan dialled it: a panel or an application did (Originate, ARI). The number that it
    takes on is then the one that it shows, not whom it is for."""
    rang_at: datetime | None = None
    is_known_silent: bool = False
    """The leg's own note said that it never rang (state Down at its end)."""
    is_known_rung: bool = False
    """The leg's own note said that it rang to its end, though not since when."""
    answered_at: datetime | None = None
    let_go_at: datetime | None = None
    """When its phone hung up, by the leg's own note: Asterisk may keep the channel for a while,
    when who hands a call on hangs up before the next one has lifted."""
    ended_at: datetime | None = None
    last_at: datetime
    hangup: Hangup | None = None
    runs: list[AppRun] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    notes: list[ChannelEvent] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    forwarded_at: list[datetime] = field(default_factory=list)
    """When a phone that this leg dialled sent the call on to another number."""
    anomalies: int = 0

    @property
    def is_phone(self) -> bool:
        """Whether a person can be at the other end of this leg."""
        return is_phone(self.channel)

    @property
    def is_local(self) -> bool:
        """Whether this leg is one half of a Local pair."""
        return is_local(self.channel)

    @property
    def is_open(self) -> bool:
        """Whether the leg's end has not been seen."""
        return self.ended_at is None

    def is_up_at(self, at: datetime) -> bool:
        """Whether somebody had answered by then; a leg whose start was lost counts as up."""
        return (self.answered_at is not None and self.answered_at <= at) or not self.is_start_seen
