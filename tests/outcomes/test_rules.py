"""The rules about one call: which types, which hours, how short. Pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    ShortCalls,
    UnknownNumber,
    When,
)
from crm_store.records import PersonType
from pbx_bridge.calls.call import Direction
from pbx_bridge.outcomes.rules import Ruling, rule_on, stranger_becomes

from .calls import (
    ANSWERED,
    INTERNAL,
    MISSED,
    NOT_REACHED,
    REACHED,
    RINGING,
    TALKING,
    UNDECIDED,
    VOICEMAIL,
)

IN_HOURS = CallTypeRule(log=Logging.COMPLETED, when=When.BUSINESS_HOURS)
NOT_LOGGED = CallTypeRule(log=Logging.NOT_LOGGED)
USUAL = CallLoggingSettings()
SHORT = CallLoggingSettings(short_call_seconds=61.0, short_calls=ShortCalls.AS_UNANSWERED)


@pytest.mark.parametrize(
    ("scenario", "call", "settings", "is_open", "expected"),
    [
        ("done by its type", ANSWERED, USUAL, True, Ruling(log=Logging.COMPLETED)),
        ("somebody has to call back", MISSED, USUAL, True, Ruling(log=Logging.IN_PROGRESS)),
        ("nobody knows how it ended", UNDECIDED, USUAL, True, Ruling(log=Logging.IN_PROGRESS)),
        ("a call that is up is in progress", TALKING, USUAL, True, Ruling(log=Logging.IN_PROGRESS)),
        (
            "an internal call is none",
            INTERNAL, USUAL, True,
            Ruling(log=Logging.NOT_LOGGED, reason="internal calls are not logged"),
        ),
        (
            "closed, and its type is for business hours",
            VOICEMAIL, CallLoggingSettings(voicemail=IN_HOURS), False,
            Ruling(
                log=Logging.NOT_LOGGED,
                reason="voicemail calls are not logged outside business hours",
            ),
        ),
        (
            "open, and its type is for business hours",
            VOICEMAIL, CallLoggingSettings(voicemail=IN_HOURS), True,
            Ruling(log=Logging.COMPLETED),
        ),
        (
            "ringing while every type is for business hours, and it is closed",
            RINGING,
            CallLoggingSettings(inbound_answered=IN_HOURS, missed=IN_HOURS, voicemail=NOT_LOGGED),
            False,
            Ruling(
                log=Logging.NOT_LOGGED,
                reason="inbound calls are not logged outside business hours",
            ),
        ),
        ("short: as a missed one", ANSWERED, SHORT, True, Ruling(log=Logging.IN_PROGRESS)),
        (
            "short and out: as one that was not reached",
            REACHED, replace(SHORT, outbound_unanswered=NOT_LOGGED), True,
            Ruling(log=Logging.NOT_LOGGED, reason="outbound_unanswered calls are not logged"),
        ),
        ("unanswered is never short", NOT_REACHED, SHORT, True, Ruling(log=Logging.COMPLETED)),
        (
            "short calls are not logged at all",
            ANSWERED, replace(SHORT, short_calls=ShortCalls.NOT_LOGGED), True,
            Ruling(log=Logging.NOT_LOGGED, reason="short calls are not logged"),
        ),
        (
            "as long as the setting is not short",
            replace(ANSWERED, talk_seconds=61.0),
            replace(SHORT, short_calls=ShortCalls.NOT_LOGGED), True,
            Ruling(log=Logging.COMPLETED),
        ),
    ],
)  # fmt: skip
def test_what_the_rules_say(scenario, call, settings, is_open, expected):
    """Type, hours and length, in this order."""
    assert rule_on(call, settings, is_open=is_open) == expected, scenario


@given(
    becomes=st.sampled_from(UnknownNumber),
    when=st.sampled_from(When),
    is_open=st.booleans(),
    direction=st.sampled_from(Direction),
)
def test_what_a_stranger_becomes(becomes, when, is_open, direction):
    """What the setting of his direction says, at its hours; never by an internal call."""
    settings = CallLoggingSettings(
        unknown_inbound=becomes, unknown_outbound=becomes, unknown_when=when
    )
    expected = None
    is_time = is_open or when is When.ALWAYS
    if direction is not Direction.INTERNAL and is_time and becomes is not UnknownNumber.NOTHING:
        expected = PersonType(becomes)
    assert stranger_becomes(direction, settings, is_open=is_open) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (USUAL, False),
        (CallLoggingSettings(missed=IN_HOURS), True),
        (CallLoggingSettings(unknown_when=When.BUSINESS_HOURS), True),
    ],
)
def test_hours_are_asked_for_only_where_a_rule_needs_them(settings, expected):
    assert settings.asks_for_hours() is expected
