"""What a call becomes: one table of scenarios, and the promises that hold for all of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    RecordAt,
    ShortCalls,
    When,
)
from crm_store.call_logging import UnknownNumber as Unknown
from crm_store.records import (
    NOBODY,
    Account,
    Activity,
    ActivityStatus,
    Attribution,
    CallerFacts,
    CallType,
    Candidate,
    Contact,
    Lead,
    ListName,
    Matched,
    PersonAccount,
    PersonType,
    PhoneNumber,
    Ref,
)
from pbx_bridge.calls.call import Direction
from pbx_bridge.outcomes.call_type import call_type
from pbx_bridge.outcomes.outcome import (
    Circumstances,
    CompleteRecord,
    CreatePerson,
    LogActivity,
    Nothing,
    RemoveRecord,
    decide_outcome,
)

from .calls import (
    ANSWERED,
    DIALLING,
    ENDED_AT,
    INTERNAL,
    MISSED,
    NOT_REACHED,
    REACHED,
    RINGING,
    STARTED_AT,
    TALKING,
    UNDECIDED,
    VOICEMAIL,
)

POSTER = Attribution(number="+493055500100", label="Poster", campaign="Autumn", source="print")
ADA = Candidate(
    type=PersonType.CONTACT,
    id=7,
    name="Ada Byron",
    account_name="Engines Ltd",
    owner_name="Olive",
    owner_extension="1005",
    updated_at=STARTED_AT,
)
ADAS_ACCOUNT = replace(ADA, type=PersonType.ACCOUNT, id=3, name="Engines Ltd", owner_name="Otto")
KNOWN = CallerFacts(candidates=(ADA, ADAS_ACCOUNT))
BLOCKED = CallerFacts(candidates=(ADA,), lists=frozenset({ListName.BLOCKED}))
WITHOUT_AGENT = Circumstances(
    outside_e164="+493044400999", outside_number="030 44400999", tracking_number=POSTER
)
WITH_AGENT = replace(WITHOUT_AGENT, agent="Bea")
OUTBOUND = Circumstances(outside_e164="+493044400999", outside_number="030 44400999", agent="Bea")
NO_NUMBER = Circumstances(outside_e164=None, tracking_number=POSTER)
KEY = ("office", "1763888400.1")
ACTIVITY = Ref(type="activity", id=21)
LEAD = Ref(type=PersonType.LEAD, id=4)
RULES = CallLoggingSettings()
NOT_LOGGED = CallTypeRule(log=Logging.NOT_LOGGED)
AT_HANGUP = CallLoggingSettings(record_at=RecordAt.HANGUP)
EVERYBODY = CallLoggingSettings(unknown_outbound=Unknown.CONTACT)
LOGS_NOTHING_INBOUND = CallLoggingSettings(
    inbound_answered=NOT_LOGGED, missed=NOT_LOGGED, voicemail=NOT_LOGGED
)

NEW_LEAD = Lead(
    name="030 44400999",
    phone_numbers=(PhoneNumber(raw="03044400999", e164="+493044400999"),),
    campaign="Autumn",
    source="print",
    tracking_number="+493055500100",
    first_call=KEY,
    origin="call",
)
RINGING_ACTIVITY = Activity(
    subject="Inbound call from Ada Byron on Poster",
    status=ActivityStatus.IN_PROGRESS,
    about=Matched(type=PersonType.CONTACT, id=7, name="Ada Byron"),
    owner="Olive",
    campaign="Autumn",
    call=KEY,
)
ANSWERED_ACTIVITY = replace(
    RINGING_ACTIVITY,
    subject="Inbound answered call from Ada Byron on Poster answered by Bea",
    status=ActivityStatus.COMPLETED,
    call_type=CallType.INBOUND_ANSWERED,
    owner="Bea",
    completed_at=ENDED_AT,
)
MISSED_ACTIVITY = replace(
    RINGING_ACTIVITY,
    subject="Missed call from Ada Byron on Poster (no answer)",
    call_type=CallType.MISSED,
)


@pytest.mark.parametrize(
    ("scenario", "call", "circumstances", "caller", "rules", "expected"),
    [
        (
            "a ringing stranger becomes a lead",
            RINGING, WITHOUT_AGENT, NOBODY, RULES,
            CreatePerson(person=NEW_LEAD),
        ),
        (
            "or not before he hangs up",
            RINGING, WITHOUT_AGENT, NOBODY, AT_HANGUP,
            Nothing(reason="recorded at hang-up"),
        ),
        (
            "a stranger who was answered becomes a lead of who answered",
            ANSWERED, WITH_AGENT, NOBODY, AT_HANGUP,
            CreatePerson(person=replace(NEW_LEAD, owner="Bea")),
        ),
        (
            "a stranger who was missed becomes a lead too",
            MISSED, WITHOUT_AGENT, NOBODY, RULES,
            CreatePerson(person=NEW_LEAD),
        ),
        (
            "a stranger becomes a lead where missed calls of people on file are not logged",
            MISSED, WITHOUT_AGENT, NOBODY, LOGS_NOTHING_INBOUND,
            CreatePerson(person=NEW_LEAD),
        ),
        (
            "a stranger with a name is filed under it",
            replace(RINGING, caller_name="Grace\r\nHopper"), WITHOUT_AGENT, NOBODY, RULES,
            CreatePerson(person=replace(NEW_LEAD, name="Grace Hopper")),
        ),
        (
            "a stranger on a number that we do not publish is a lead without campaign",
            RINGING, replace(WITHOUT_AGENT, tracking_number=None), NOBODY, RULES,
            CreatePerson(
                person=replace(NEW_LEAD, campaign=None, source=None, tracking_number=None)
            ),
        ),
        (
            "a stranger becomes nothing where the rules say so",
            RINGING, WITHOUT_AGENT, NOBODY, CallLoggingSettings(unknown_inbound=Unknown.NOTHING),
            Nothing(reason="unknown number, and inbound strangers become nothing"),
        ),
        (
            "a stranger whom we call becomes nothing by default",
            REACHED, OUTBOUND, NOBODY, RULES,
            Nothing(reason="unknown number, and outbound strangers become nothing"),
        ),
        (
            "or a contact, without our own caller ID for a name",
            replace(DIALLING, caller_name="Bea at Office"), OUTBOUND, NOBODY, EVERYBODY,
            CreatePerson(
                person=Contact(
                    name="030 44400999",
                    phone_numbers=(PhoneNumber(raw="03044400999", e164="+493044400999"),),
                    owner="Bea",
                    first_call=KEY,
                    origin="call",
                )
            ),
        ),
        (
            "a ringing contact gets an open activity",
            RINGING, WITHOUT_AGENT, KNOWN, RULES,
            LogActivity(activity=RINGING_ACTIVITY),
        ),
        (
            "a talking one too, whatever the rules say about its end",
            TALKING, WITH_AGENT, KNOWN, RULES,
            LogActivity(
                activity=replace(
                    ANSWERED_ACTIVITY, status=ActivityStatus.IN_PROGRESS, completed_at=None
                )
            ),
        ),
        (
            "an answered call is done",
            ANSWERED, WITH_AGENT, KNOWN, RULES,
            LogActivity(activity=ANSWERED_ACTIVITY),
        ),
        (
            "an extension without a user answers by its number, for the contact's owner",
            ANSWERED, WITHOUT_AGENT, KNOWN, RULES,
            LogActivity(
                activity=replace(
                    ANSWERED_ACTIVITY,
                    subject="Inbound answered call from Ada Byron on Poster answered by 1001",
                    owner="Olive",
                )
            ),
        ),
        (
            "a missed call waits for the contact's owner to call back",
            MISSED, WITHOUT_AGENT, KNOWN, RULES,
            LogActivity(activity=MISSED_ACTIVITY),
        ),
        (
            "a voicemail waits too",
            VOICEMAIL, WITHOUT_AGENT, KNOWN, RULES,
            LogActivity(
                activity=replace(
                    MISSED_ACTIVITY,
                    subject="Voicemail from Ada Byron on Poster",
                    call_type=CallType.VOICEMAIL,
                )
            ),
        ),
        (
            "a call that ended nobody knows how was missed",
            UNDECIDED, WITHOUT_AGENT, KNOWN, RULES,
            LogActivity(
                activity=replace(MISSED_ACTIVITY, subject="Missed call from Ada Byron on Poster")
            ),
        ),
        (
            "an outbound call that was answered",
            REACHED, OUTBOUND, KNOWN, RULES,
            LogActivity(
                activity=replace(
                    ANSWERED_ACTIVITY,
                    subject="Outbound answered call to Ada Byron by Bea",
                    call_type=CallType.OUTBOUND_ANSWERED,
                    campaign=None,
                )
            ),
        ),
        (
            "an outbound call that was not",
            NOT_REACHED, OUTBOUND, KNOWN, RULES,
            LogActivity(
                activity=replace(
                    ANSWERED_ACTIVITY,
                    subject="Outbound unanswered call to Ada Byron by Bea (busy)",
                    call_type=CallType.OUTBOUND_UNANSWERED,
                    campaign=None,
                )
            ),
        ),
        (
            "a type that is not logged leaves nothing",
            MISSED, WITHOUT_AGENT, KNOWN, CallLoggingSettings(missed=NOT_LOGGED),
            Nothing(reason="missed calls are not logged"),
        ),
        (
            "but while it rings nobody knows the type",
            RINGING, WITHOUT_AGENT, KNOWN, CallLoggingSettings(missed=NOT_LOGGED),
            LogActivity(activity=RINGING_ACTIVITY),
        ),
        (
            "unless no type of that direction is logged",
            RINGING, WITHOUT_AGENT, KNOWN, LOGS_NOTHING_INBOUND,
            Nothing(reason="inbound calls are not logged"),
        ),
        (
            "a blocked caller leaves nothing, on file or not",
            MISSED, WITHOUT_AGENT, BLOCKED, RULES,
            Nothing(reason="caller is blocked"),
        ),
        (
            "we may call a blocked number",
            NOT_REACHED, OUTBOUND, BLOCKED, RULES,
            LogActivity(
                activity=replace(
                    ANSWERED_ACTIVITY,
                    subject="Outbound unanswered call to Ada Byron by Bea (busy)",
                    call_type=CallType.OUTBOUND_UNANSWERED,
                    campaign=None,
                )
            ),
        ),
        (
            "a withheld caller leaves nothing, even where the PBX told his number",
            replace(ANSWERED, is_withheld=True), WITH_AGENT, KNOWN, RULES,
            Nothing(reason="number withheld"),
        ),
        (
            "a caller without a public number leaves nothing",
            ANSWERED, NO_NUMBER, NOBODY, RULES,
            Nothing(reason="no number of the public network"),
        ),
        (
            "an internal call leaves nothing",
            INTERNAL, WITHOUT_AGENT, KNOWN, EVERYBODY,
            Nothing(reason="internal call"),
        ),
    ],
)  # fmt: skip
def test_what_a_call_becomes(scenario, call, circumstances, caller, rules, expected):
    """The first decision on a call, at its ring or at its end."""
    assert decide_outcome(call, circumstances, caller, rules) == expected, scenario


@pytest.mark.parametrize(
    ("scenario", "call", "circumstances", "caller", "rules", "already", "expected"),
    [
        (
            "an activity of the ring is completed at hang-up",
            ANSWERED, WITH_AGENT, KNOWN, RULES, ACTIVITY,
            CompleteRecord(ref=ACTIVITY, activity=replace(ANSWERED_ACTIVITY, id=21)),
        ),
        (
            "a missed call's stays open, and says so",
            MISSED, WITHOUT_AGENT, KNOWN, RULES, ACTIVITY,
            CompleteRecord(ref=ACTIVITY, activity=replace(MISSED_ACTIVITY, id=21)),
        ),
        (
            "it stays with whom it was put down to, whoever is first on file by now",
            ANSWERED,
            replace(
                WITH_AGENT, matched=Matched(type=PersonType.CONTACT, id=7, name="Ada Byron")
            ),
            CallerFacts(candidates=(ADAS_ACCOUNT, ADA)), RULES, ACTIVITY,
            CompleteRecord(ref=ACTIVITY, activity=replace(ANSWERED_ACTIVITY, id=21)),
        ),
        (
            "it stays when he is no longer on file, without an owner",
            MISSED,
            replace(
                WITHOUT_AGENT, matched=Matched(type=PersonType.CONTACT, id=7, name="Ada Byron")
            ),
            NOBODY, RULES, ACTIVITY,
            CompleteRecord(ref=ACTIVITY, activity=replace(MISSED_ACTIVITY, id=21, owner=None)),
        ),
        (
            "it is taken back when its type turns out not to be logged",
            MISSED, WITHOUT_AGENT, KNOWN, CallLoggingSettings(missed=NOT_LOGGED), ACTIVITY,
            RemoveRecord(ref=ACTIVITY, reason="missed calls are not logged"),
        ),
        (
            "it is taken back when the caller turns out to be withheld",
            replace(MISSED, is_withheld=True), WITHOUT_AGENT, KNOWN, RULES, ACTIVITY,
            RemoveRecord(ref=ACTIVITY, reason="number withheld"),
        ),
        (
            "a lead of the ring gets the agent for its owner, and no second lead",
            ANSWERED, WITH_AGENT, NOBODY, RULES, LEAD,
            CompleteRecord(ref=LEAD, owner="Bea"),
        ),
        (
            "nor an activity, though the number is on file by now",
            MISSED, WITHOUT_AGENT, KNOWN, RULES, LEAD,
            CompleteRecord(ref=LEAD),
        ),
        (
            "what was recorded at ring is completed though the rules now say hang-up",
            TALKING, WITH_AGENT, NOBODY, AT_HANGUP, LEAD,
            CompleteRecord(ref=LEAD, owner="Bea"),
        ),
    ],
)  # fmt: skip
def test_what_becomes_of_what_a_call_became(
    scenario, call, circumstances, caller, rules, already, expected
):
    """Asked again, the decision completes or takes back; it never creates twice."""
    assert decide_outcome(call, circumstances, caller, rules, already) == expected, scenario


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (PersonType.LEAD, Lead),
        (PersonType.CONTACT, Contact),
        (PersonType.ACCOUNT, Account),
        (PersonType.PERSON_ACCOUNT, PersonAccount),
    ],
)
def test_a_stranger_becomes_what_the_rules_say(kind, record):
    """All four types, with the same facts on them."""
    decision = decide_outcome(
        RINGING, WITHOUT_AGENT, NOBODY, CallLoggingSettings(unknown_inbound=Unknown(kind))
    )
    assert type(decision.person) is record
    assert decision.person.phone_numbers == NEW_LEAD.phone_numbers
    assert decision.person.first_call == KEY


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (RINGING, None),
        (TALKING, CallType.INBOUND_ANSWERED),
        (ANSWERED, CallType.INBOUND_ANSWERED),
        (MISSED, CallType.MISSED),
        (VOICEMAIL, CallType.VOICEMAIL),
        (UNDECIDED, CallType.MISSED),
        (DIALLING, None),
        (REACHED, CallType.OUTBOUND_ANSWERED),
        (NOT_REACHED, CallType.OUTBOUND_UNANSWERED),
        (replace(VOICEMAIL, direction=Direction.OUTBOUND), CallType.OUTBOUND_UNANSWERED),
        (INTERNAL, None),
    ],
)
def test_the_type_of_a_call(call, expected):
    """Five types; none for internal calls and while nothing is decided."""
    assert call_type(call) == expected


every_call = st.sampled_from(
    [RINGING, TALKING, ANSWERED, MISSED, VOICEMAIL, UNDECIDED, DIALLING, REACHED, NOT_REACHED,
     INTERNAL, replace(ANSWERED, is_withheld=True)]
)  # fmt: skip
every_type_rule = st.builds(CallTypeRule, log=st.sampled_from(Logging), when=st.sampled_from(When))
every_rule = st.builds(
    CallLoggingSettings,
    outbound_answered=every_type_rule,
    outbound_unanswered=every_type_rule,
    inbound_answered=every_type_rule,
    missed=every_type_rule,
    voicemail=every_type_rule,
    unknown_inbound=st.sampled_from(Unknown),
    unknown_outbound=st.sampled_from(Unknown),
    record_at=st.sampled_from(RecordAt),
    short_call_seconds=st.sampled_from([0.0, 61.0]),
    short_calls=st.sampled_from(ShortCalls),
    unknown_when=st.sampled_from(When),
    default_owner=st.sampled_from([None, "Dora"]),
)


@given(
    call=every_call,
    caller=st.sampled_from([NOBODY, KNOWN, BLOCKED]),
    circumstances=st.sampled_from([WITHOUT_AGENT, WITH_AGENT, OUTBOUND, NO_NUMBER]),
    rules=every_rule,
    already=st.sampled_from([None, ACTIVITY, LEAD]),
)
def test_no_call_becomes_two_things(call, caller, circumstances, rules, already):
    """Creation only for what has become nothing yet; completion only of what there is."""
    decision = decide_outcome(call, circumstances, caller, rules, already)
    if already is None:
        assert isinstance(decision, CreatePerson | LogActivity | Nothing)
    else:
        assert isinstance(decision, CompleteRecord | RemoveRecord)
        assert decision.ref == already
    if call.ended_at is None and isinstance(decision, LogActivity | CompleteRecord):
        activity = decision.activity
        assert activity is None or activity.status is ActivityStatus.IN_PROGRESS
    if call.is_withheld or call.direction is Direction.INTERNAL:
        assert not isinstance(decision, CreatePerson | LogActivity)
