"""The kinds of calls that are placed, the numbers they dial, and the phones that they ring.

Every number does the same with a bridge and without one: the bridge's route and the dialplan that
takes over when it is away ring the same phone. So what a call becomes depends on its kind alone,
whatever breaks meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm_store.records import RouteKind, TrackingNumber

CAMPAIGN = "Chaos"
"""The handset shows ``Chaos 7K4Q2M`` for a stranger: how the wire knows his call ID."""

ANSWERS, HANGS_UP, RINGS, BUSY, DECLINES, AGENT, TRANSFERS, ABSENT = (
    *("1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008"),
)
PHONES: Mapping[str, str] = {
    ANSWERS: "Alice",
    HANGS_UP: "Bob",
    RINGS: "Carol",
    BUSY: "Dan",
    DECLINES: "Erin",
    AGENT: "Frank",
    TRANSFERS: "Grace",
    ABSENT: "Heidi",
}
QUEUES: Mapping[str, tuple[str, ...]] = {"500": (AGENT,), "501": (RINGS,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of call: how many of a thousand, whom it rings, and what its caller does.

    ``missed_reason`` is why it is missed where no fault of the PBX comes in between; None for a
    call that somebody answers.
    """

    name: str
    of_thousand: int
    target: str
    route: RouteKind = RouteKind.EXTENSION
    ring_seconds: int = 20
    has_box: bool = False
    hang_up_after_seconds: float | None = None
    cancel_after_seconds: float | None = None
    speaks: bool = False
    is_returning: bool = False
    missed_reason: str | None = None

    @property
    def place(self) -> int:
        """Where it stands in the list: its number's last digits."""
        return [each.name for each in KINDS].index(self.name) + 1

    @property
    def number(self) -> str:
        """What its callers dial, as the trunk sends it."""
        return f"02999900{self.place:02}"

    @property
    def tracking_number(self) -> TrackingNumber:
        """That number as the store knows it."""
        return TrackingNumber(
            e164=f"+612999900{self.place:02}",
            raw=self.number,
            label=self.name,
            campaign=CAMPAIGN,
            source="chaos",
            route=self.route,
            targets=(self.target,),
            ring_seconds=self.ring_seconds,
            voicemail_box=f"{self.target}@default" if self.has_box else None,
            is_recorded=False,
        )


KINDS = (
    Kind(name="short talk", of_thousand=300, target=ANSWERS, hang_up_after_seconds=1.5),
    Kind(name="long talk", of_thousand=100, target=ANSWERS, hang_up_after_seconds=12.0),
    Kind(name="agent hangs up", of_thousand=100, target=HANGS_UP),
    Kind(
        name="returning",
        of_thousand=70,
        target=ANSWERS,
        hang_up_after_seconds=1.0,
        is_returning=True,
    ),
    Kind(
        name="abandoned",
        of_thousand=100,
        target=RINGS,
        cancel_after_seconds=1.2,
        missed_reason="abandoned",
    ),
    Kind(name="busy", of_thousand=70, target=BUSY, missed_reason="busy"),
    Kind(name="declined", of_thousand=70, target=DECLINES, missed_reason="rejected"),
    Kind(
        name="no answer",
        of_thousand=50,
        target=RINGS,
        ring_seconds=2,
        missed_reason="no_answer",
    ),
    Kind(name="absent", of_thousand=20, target=ABSENT, missed_reason="unavailable"),
    Kind(
        name="voicemail",
        of_thousand=30,
        target=RINGS,
        ring_seconds=1,
        has_box=True,
        hang_up_after_seconds=14.0,
        speaks=True,
        missed_reason="no_answer",
    ),
    Kind(
        name="queue",
        of_thousand=40,
        target="500",
        route=RouteKind.QUEUE,
        hang_up_after_seconds=3.0,
    ),
    Kind(
        name="queue abandoned",
        of_thousand=20,
        target="501",
        route=RouteKind.QUEUE,
        hang_up_after_seconds=2.0,
        missed_reason="abandoned",
    ),
    Kind(name="transferred", of_thousand=30, target=TRANSFERS, hang_up_after_seconds=4.0),
)

_OWN_DIAL = """\
exten => {number},1,Set(PBX_BRIDGE_PLAN_VOICEMAIL={box})
 same => n,Dial(PJSIP/{target},{seconds},b(pbx-bridge-leg^s^1))
 same => n,Goto(pbx-bridge-dialled,s-${{DIALSTATUS}},1)
"""
_OWN_QUEUE = """\
exten => {number},1,Answer()
 same => n,Queue({target},b(pbx-bridge-leg^s^1),,,300)
 same => n,Goto(pbx-bridge-queued,s-${{QUEUESTATUS}},1)
"""


def own_dialplan() -> str:
    """The administrator's own context ``chaos-own``, for the calls that no bridge takes."""
    return "\n[chaos-own]\n" + "".join(
        (_OWN_QUEUE if kind.route is RouteKind.QUEUE else _OWN_DIAL).format(
            number=kind.number,
            target=kind.target,
            seconds=kind.ring_seconds,
            box=f"{kind.target}@default" if kind.has_box else "",
        )
        for kind in KINDS
    )
