"""The scripted calls, and what must come of each: the demo's one table of expectations.

To add a call, add an entry to :data:`SCRIPT`. Texts may hold ``{call_id}``: the call's own, as
the bridge made it up. Times are not written here: the truth about them is what the SIP side saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_store.records import Direction, Enrichment, MissedReason, Outcome

WITHHELD = "anonymous"
"""The caller's number where he has none to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLead:
    """A lead that the call makes."""

    name: str
    campaign: str
    source: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedActivity:
    """An activity that the call becomes; ``about`` is ``type name`` of whom it tells."""

    subject: str
    status: str
    about: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of a call.

    ``handsets``: what each phone that rings shows, by extension. ``matched``: ``type name`` of
    whoever is on file. ``became``: what is written for it. ``leads``: how many leads have the
    caller's number afterwards. ``is_recorded``: whether the talk is, in full.
    """

    outcome: Outcome
    became: ExpectedLead | ExpectedActivity | None
    handsets: Mapping[str, str]
    leads: int
    direction: Direction = Direction.INBOUND
    missed_reason: MissedReason | None = None
    caller_e164: str | None
    campaign: str | None
    label: str | None
    answered_by: str | None = None
    agent: str | None = None
    matched: str | None = None
    enrichment: Enrichment = Enrichment.ENRICHED
    is_recorded: bool = False
    has_message: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCall:
    """One call: who calls whom, what the desks do, and what must come of it.

    ``caller`` is a number outside, :data:`WITHHELD`, or the extension of a desk that calls out.
    ``caller_name`` is the name that his network sends, if any.
    ``hidden_number`` is what the network knows of a withheld caller and tells the PBX (as
    P-Asserted-Identity) with the request to keep it private: it must not be kept anywhere.
    ``answers`` says after how many seconds which desks pick up; the others ring. None leaves
    that to the desks. The caller
    hangs up ``talks_seconds`` after the call went up (voicemail counts) and gives up
    ``gives_up_seconds`` after it began to ring; None waits for the other side.
    ``expected`` is None for a reader's own call: it is shown, not judged.
    """

    key: str
    title: str
    caller: str
    dials: str
    caller_name: str | None = None
    hidden_number: str | None = None
    says: str = ""
    answers: Mapping[str, float] | None = field(default_factory=dict)
    talks_seconds: float | None = None
    gives_up_seconds: float | None = None
    expected: Expected | None = None

    @property
    def is_withheld(self) -> bool:
        """Whether the caller hides his number."""
        return self.caller == WITHHELD

    @property
    def number(self) -> str | None:
        """The number of whoever is outside, as far as anybody but he knows it."""
        if self.is_withheld:
            return self.hidden_number
        return self.dials if self.is_outbound else self.caller

    @property
    def is_outbound(self) -> bool:
        """Whether one of the desks places the call."""
        return len(self.caller) == 4 and self.caller.isdigit()


SCRIPT: tuple[DemoCall, ...] = (
    DemoCall(
        key="known_contact",
        title="A known contact",
        caller="0491570006",
        dials="0255500102",
        says="Hi Alice, it's Mia from the bakery. The new panels look wonderful.",
        answers={"1001": 1.5},
        talks_seconds=4.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            handsets={"1001": "Mia Okafor - Banksia Bakery"},
            caller_e164="+61491570006",
            campaign="Bus shelters",
            label="Poster",
            answered_by="1001",
            agent="Alice",
            matched="contact Mia Okafor",
            became=ExpectedActivity(
                subject="Inbound answered call from Mia Okafor on Poster answered by Alice",
                status="completed",
                about="contact Mia Okafor",
                owner="Alice",
            ),
            leads=0,
            is_recorded=True,
        ),
    ),
    DemoCall(
        key="stranger",
        title="A stranger",
        caller="0491570156",
        dials="0255500101",
        says="Hello, I found you on the web. What does a roof of forty square metres cost?",
        answers={"1002": 1.5},
        talks_seconds=4.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            handsets={"1001": "Google Ads {call_id}", "1002": "Google Ads {call_id}"},
            caller_e164="+61491570156",
            campaign="Google Ads",
            label="Landing page",
            answered_by="1002",
            agent="Bob",
            became=ExpectedLead(
                name="0491 570 156", campaign="Google Ads", source="google", owner="Bob"
            ),
            leads=1,
            is_recorded=True,
        ),
    ),
    DemoCall(
        key="stranger_again",
        title="The stranger again",
        caller="0491570156",
        dials="+61255500101",
        says="Me again. I measured: it is forty five square metres.",
        answers={"1002": 1.0},
        talks_seconds=3.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            handsets={"1002": "0491 570 156"},
            caller_e164="+61491570156",
            campaign="Google Ads",
            label="Landing page",
            answered_by="1002",
            agent="Bob",
            matched="lead 0491 570 156",
            became=ExpectedActivity(
                subject="Inbound answered call from 0491 570 156 on Landing page answered by Bob",
                status="completed",
                about="lead 0491 570 156",
                owner="Bob",
            ),
            leads=1,
            is_recorded=True,
        ),
    ),
    DemoCall(
        key="withheld",
        title="A withheld number",
        caller=WITHHELD,
        dials="0255500102",
        says="I would rather not say who I am. Do you also clean panels?",
        answers={"1001": 1.0},
        talks_seconds=2.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            handsets={"1001": "Withheld {call_id}"},
            caller_e164=None,
            campaign="Bus shelters",
            label="Poster",
            answered_by="1001",
            agent="Alice",
            became=None,
            leads=0,
            is_recorded=True,
        ),
    ),
    DemoCall(
        key="private",
        title="A number that the network was asked to keep private",
        caller=WITHHELD,
        hidden_number="+61491574118",
        dials="0255500102",
        says="The network knows me, you must not.",
        answers={"1001": 1.0},
        talks_seconds=2.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            handsets={"1001": "Withheld {call_id}"},
            caller_e164=None,
            campaign="Bus shelters",
            label="Poster",
            answered_by="1001",
            agent="Alice",
            became=None,
            leads=0,
            is_recorded=True,
        ),
    ),
    DemoCall(
        key="gives_up",
        title="A caller who gives up",
        caller="0491570158",
        dials="0255500102",
        gives_up_seconds=2.5,
        expected=Expected(
            outcome=Outcome.MISSED,
            missed_reason=MissedReason.ABANDONED,
            handsets={"1001": "Bus shelters {call_id}"},
            caller_e164="+61491570158",
            campaign="Bus shelters",
            label="Poster",
            became=ExpectedLead(
                name="0491 570 158", campaign="Bus shelters", source="poster", owner=None
            ),
            leads=1,
        ),
    ),
    DemoCall(
        key="rings_out",
        title="A missed call",
        caller="0491570110",
        dials="0255500104",
        expected=Expected(
            outcome=Outcome.MISSED,
            missed_reason=MissedReason.NO_ANSWER,
            handsets={"1002": "Liam Petrov - Harbour Road School"},
            caller_e164="+61491570110",
            campaign="Word of mouth",
            label="Vans",
            matched="contact Liam Petrov",
            became=ExpectedActivity(
                subject="Missed call from Liam Petrov on Vans (no answer)",
                status="in_progress",
                about="contact Liam Petrov",
                owner="Bob",
            ),
            leads=0,
        ),
    ),
    DemoCall(
        key="voicemail",
        title="A voicemail",
        caller="0491570157",
        dials="0255500103",
        says="Grace Tanaka here. The inverter shows a red light. Please call me back.",
        talks_seconds=13.0,
        expected=Expected(
            outcome=Outcome.VOICEMAIL,
            handsets={"1003": "Grace Tanaka"},
            caller_e164="+61491570157",
            campaign="Spring letter",
            label="Letter",
            matched="person_account Grace Tanaka",
            became=ExpectedActivity(
                subject="Voicemail from Grace Tanaka on Letter",
                status="in_progress",
                about="person_account Grace Tanaka",
                owner="Carol",
            ),
            leads=0,
            has_message=True,
        ),
    ),
    DemoCall(
        key="busy_group",
        title="A busy ring group",
        caller="0491570737",
        dials="0255500105",
        expected=Expected(
            outcome=Outcome.MISSED,
            missed_reason=MissedReason.BUSY,
            handsets={
                "1004": "Noah Fraser - Coast Kayaks",
                "1005": "Noah Fraser - Coast Kayaks",
            },
            caller_e164="+61491570737",
            campaign="Word of mouth",
            label="Installers",
            matched="contact Noah Fraser",
            became=ExpectedActivity(
                subject="Missed call from Noah Fraser on Installers (busy)",
                status="in_progress",
                about="contact Noah Fraser",
                owner="Alice",
            ),
            leads=0,
        ),
    ),
    DemoCall(
        key="queue",
        title="A call to the queue",
        caller="0491570159",
        dials="1800160401",
        says="Good morning, I heard you on the radio and I want to ask about batteries.",
        answers={"1003": 2.0},
        talks_seconds=6.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            handsets={
                "1001": "Radio {call_id}",
                "1002": "Radio {call_id}",
                "1003": "Radio {call_id}",
            },
            caller_e164="+61491570159",
            campaign="Radio",
            label="Radio spot",
            answered_by="1003",
            agent="Carol",
            became=ExpectedLead(
                name="0491 570 159", campaign="Radio", source="radio", owner="Carol"
            ),
            leads=1,
            is_recorded=True,
        ),
    ),
    DemoCall(
        key="closed",
        title="A call while closed",
        caller="0255500201",
        dials="0255500106",
        expected=Expected(
            outcome=Outcome.MISSED,
            missed_reason=MissedReason.CLOSED,
            handsets={},
            caller_e164="+61255500201",
            campaign="Word of mouth",
            label="Showroom",
            matched="contact Mia Okafor",
            became=ExpectedActivity(
                subject="Missed call from Mia Okafor on Showroom (closed)",
                status="in_progress",
                about="contact Mia Okafor",
                owner="Alice",
            ),
            leads=0,
        ),
    ),
    DemoCall(
        key="outbound",
        title="Alice calls a customer",
        caller="1001",
        dials="0491570313",
        says="Yes, this is Noah. Tomorrow at ten suits me.",
        talks_seconds=3.0,
        expected=Expected(
            outcome=Outcome.ANSWERED,
            direction=Direction.OUTBOUND,
            handsets={},
            caller_e164=None,
            campaign=None,
            label=None,
            answered_by="0491570313",
            agent="Alice",
            matched="contact Noah Fraser",
            enrichment=Enrichment.NOT_ASKED,
            became=ExpectedActivity(
                subject="Outbound answered call to Noah Fraser by Alice",
                status="completed",
                about="contact Noah Fraser",
                owner="Alice",
            ),
            leads=0,
            is_recorded=True,
        ),
    ),
)
