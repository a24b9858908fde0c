"""The call ID's promises: derived, speakable, unambiguous, rarely the same twice."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from crm_store.call_ids import CALL_ID_ALPHABET, read_call_id
from pbx_bridge.decisions.call_id import CALL_ID_LENGTH, call_ids, is_call_id


def test_every_bridge_and_every_replay_derive_the_same_ids():
    """The IDs are part of what is stored: they never change between releases."""
    expected = ["YX2WYC", "3X6XP4", "235NMW"]
    assert list(islice(call_ids("office", "1763847600.12"), 3)) == expected


@given(pbx=st.text(), linkedid=st.text())
def test_a_call_id_is_six_characters_that_survive_normalising(pbx, linkedid):
    """Whatever the PBX calls the call, its ID has the one form, and is its own normal form."""
    for call_id in islice(call_ids(pbx, linkedid), 4):
        assert len(call_id) == CALL_ID_LENGTH
        assert is_call_id(call_id)
        assert read_call_id(call_id) == call_id


def test_no_two_symbols_look_alike():
    """At most one of each group of look-alikes; none of 0 O, 1 I L, U V; no vowel."""
    for group in ["0O", "1IL", "UV", "2Z", "5S", "8B", "6G"]:
        assert len(set(group) & set(CALL_ID_ALPHABET)) <= 1
    assert not set("0O1ILUVAE") & set(CALL_ID_ALPHABET)
    assert len(set(CALL_ID_ALPHABET)) == len(CALL_ID_ALPHABET) == 23
    assert CALL_ID_ALPHABET.upper() == CALL_ID_ALPHABET


@given(call=st.tuples(st.text(), st.text()), other=st.tuples(st.text(), st.text()))
def test_different_calls_differ_within_three_attempts(call, other):
    """Two calls that want one ID part at the next attempt; their keys are never mixed up."""
    if call != other:
        assert list(islice(call_ids(*call), 3)) != list(islice(call_ids(*other), 3))


def test_ten_thousand_calls_of_one_pbx_collide_as_seldom_as_the_birthday_bound_says():
    """10,000 calls expect 0.34 collisions; six or more have a chance of one in a million."""
    ids = {next(call_ids("office", f"{1763847600 + n // 7}.{n}")) for n in range(10_000)}
    assert len(ids) > 10_000 - 6


def test_all_symbols_are_used_about_equally():
    """60,000 symbols, 2,609 of each expected, standard deviation 50."""
    text = "".join(next(call_ids("office", str(n))) for n in range(10_000))
    assert {symbol for symbol in CALL_ID_ALPHABET if 2_300 < text.count(symbol) < 2_900} == set(
        CALL_ID_ALPHABET
    )


def test_what_an_agent_types_is_understood():
    """Case, spaces, dashes and look-alikes do not matter."""
    typed = ["7K4Q2M", "7k4q2m", " 7K4 Q2M ", "7K4-Q2M", "7k4–q2m", "7K4QZM", "7k4qzm"]
    assert {read_call_id(text) for text in typed} == {"7K4Q2M"}


def test_a_look_alike_is_read_as_the_character_it_was_read_from():
    """Z S B G are in no call ID: they stand for 2 5 8 6."""
    assert read_call_id("zsbg") == "2586"


def test_other_text_stays_other_text():
    """A name or a number typed into the same search box is not taken for a call ID."""
    for text in ["", "Meyer", "+49 30 1234567", "7K4Q2", "7K4Q2MM", "7K4Q1M", "7k4q2m"]:
        assert not is_call_id(text)
