"""The tracking number that was dialled, in every form that trunks write numbers."""

import pytest

from crm_store.numbers import to_e164
from crm_store.records import TrackingNumber
from pbx_bridge.decisions.trunk_numbers import match_tracking_number

POSTER = TrackingNumber(e164="+493055500100", raw="030 555 00100", label="Poster")
RADIO = TrackingNumber(e164="+493055500200", raw="+493055500200", label="Radio")
VIENNA = TrackingNumber(e164="+43155500200", raw="vienna-did", label="Vienna")
PUBLISHED = (POSTER, RADIO, VIENNA)


@pytest.mark.parametrize(
    ("scenario", "dialled", "expected"),
    [
        ("E.164", "+493055500100", POSTER),
        ("international prefix", "00493055500100", POSTER),
        ("national", "03055500100", POSTER),
        ("E.164 without its plus", "493055500100", POSTER),
        ("national without its zero", "3055500100", POSTER),
        ("the last digits of the block", "00100", POSTER),
        ("the text it was set up with, whatever that is", "vienna-did", VIENNA),
        ("last digits that two numbers share", "00200", None),
        ("too few digits", "100", None),
        ("another number", "+493055500300", None),
        ("the longest number there is", "+49305550010012345", None),
        ("no number", "s", None),
        ("nothing", "", None),
    ],
)
def test_the_tracking_number_of_a_dialled_number(scenario, dialled, expected):
    """The trunk's form does not matter; an ambiguous end matches nothing."""
    found = match_tracking_number(dialled, to_e164(dialled, "DE"), PUBLISHED)
    assert found == expected, scenario


def test_the_text_it_was_set_up_with_wins_over_e164():
    """An administrator who wrote down his trunk's own form gets what he wrote."""
    odd = TrackingNumber(e164="+493055500999", raw="+493055500100", label="Odd")
    assert match_tracking_number("+493055500100", "+493055500100", (POSTER, odd)) == odd
