"""Subjects: what a colleague would say, in one line that always fits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.calls.call import MissedReason
from pbx_bridge.outcomes.subject import SUBJECT_CAP
from pbx_bridge.outcomes.subject import make_subject as make_subject_of

from .calls import (
    ANSWERED,
    DIALLING,
    INTERNAL,
    MISSED,
    NOT_REACHED,
    REACHED,
    RINGING,
    VOICEMAIL,
)


def make_subject(call, *, name, label, agent):
    return make_subject_of(call, {"name": name, "label": label, "agent": agent})


EVERY_CALL = [ANSWERED, DIALLING, INTERNAL, MISSED, NOT_REACHED, REACHED, RINGING, VOICEMAIL]


@pytest.mark.parametrize(
    ("call", "name", "label", "agent", "expected"),
    [
        (RINGING, "Ada", "Poster", "", "Inbound call from Ada on Poster"),
        (RINGING, "", "", "", "Inbound call"),
        (
            ANSWERED,
            "Ada",
            "Poster",
            "Bea",
            "Inbound answered call from Ada on Poster answered by Bea",
        ),
        (ANSWERED, "Ada", "", "Bea", "Inbound answered call from Ada answered by Bea"),
        (ANSWERED, "Ada", "Poster", "", "Inbound answered call from Ada on Poster"),
        (ANSWERED, "", "", "", "Inbound answered call"),
        (MISSED, "Ada", "Poster", "", "Missed call from Ada on Poster (no answer)"),
        (MISSED, "Ada", "Poster", "Bea", "Missed call from Ada on Poster (no answer)"),
        (replace(MISSED, missed_reason=None), "Ada", "", "", "Missed call from Ada"),
        (VOICEMAIL, "Ada", "Poster", "", "Voicemail from Ada on Poster"),
        (DIALLING, "Ada", "Poster", "Bea", "Outbound call to Ada by Bea"),
        (REACHED, "Ada", "", "Bea", "Outbound answered call to Ada by Bea"),
        (NOT_REACHED, "Ada", "", "Bea", "Outbound unanswered call to Ada by Bea (busy)"),
        (INTERNAL, "Ann", "", "", "Internal call from Ann"),
        (RINGING, 'Smith & "Sons"', "Poster", "", 'Inbound call from Smith & "Sons" on Poster'),
        (RINGING, "Eve\r\nBcc: all\x00", "\t", "", "Inbound call from Eve Bcc: all"),
    ],
)  # fmt: skip
def test_the_subject_of_a_call(call, name, label, agent, expected):
    """Parts that are not known are left out; a stranger's line breaks are."""
    assert make_subject(call, name=name, label=label, agent=agent) == expected


def test_a_very_long_name_cannot_push_out_who_answered():
    """Every part has its own share of the line."""
    subject = make_subject(ANSWERED, name="n" * 4096, label="l" * 4096, agent="a" * 4096)
    expected = f"Inbound answered call from {'n' * 100} on {'l' * 60} answered by {'a' * 50}"
    assert subject == expected
    assert len(subject) == 254


@given(
    call=st.sampled_from(EVERY_CALL),
    reason=st.none() | st.sampled_from(MissedReason),
    name=st.text(),
    label=st.text(),
    agent=st.text(),
)
def test_whatever_the_parts_the_subject_is_one_line_that_fits(call, reason, name, label, agent):
    """At most 255 characters, no control character, no stray white space."""
    subject = make_subject(
        replace(call, missed_reason=reason), name=name * 20, label=label * 20, agent=agent * 20
    )
    assert 0 < len(subject) <= SUBJECT_CAP
    assert subject == " ".join(subject.split())
    assert not [each for each in subject if each < " " or "\x7f" <= each <= "\x9f"]
