"""A chaos that cannot fail is worth nothing: each kind of difference, planted, is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from chaos_samples import Shelf, add_call, after, stocked

from chaos.books import Talk
from chaos.comparing import compare
from chaos.faults import Away


def found(shelf: Shelf) -> list[tuple[str, str]]:
    """Which call differs in what."""
    return [(difference.key, difference.what) for difference in compare(shelf.books)]


def test_three_equal_books_differ_in_nothing() -> None:
    """Answered, busy, cut off by Asterisk's death: told alike, and no difference is made up."""
    assert found(stocked()) == []


def test_a_call_that_the_store_never_got_is_lost() -> None:
    """With its lead: the number has none then either, and nothing else is blamed."""
    shelf = stocked()
    del shelf.calls[0]
    del shelf.leads[0]
    assert found(shelf) == [("short talk 1", "lost in the store")]


def test_a_call_that_is_in_the_store_twice_is_doubled() -> None:
    """Under another linkedid, as a second record: the manager would count it twice."""
    shelf = stocked()
    again = {"linkedid": "1795.99", "call_id": "ZZZZZZ", "record": {"type": "activity", "id": 99}}
    shelf.calls.append(shelf.calls[0] | again)
    shelf.activities.append({"id": 99, "call": {"pbx": "chaos", "linkedid": "1795.99"}})
    assert found(shelf) == [("short talk 1", "doubled in the store")]


def test_a_call_that_nobody_placed_is_found() -> None:
    """A record that neither wire nor journal knows."""
    shelf = stocked()
    add_call(shelf, 4, "busy", is_known=True)
    del shelf.wire[-1], shelf.journal[-1]
    assert ("busy 4", "nobody placed it") in found(shelf)


def test_a_call_that_asterisk_took_and_never_journaled_is_found() -> None:
    """Unless it died within the second, which nobody can blame on the bridge."""
    shelf = stocked()
    del shelf.journal[1], shelf.calls[1], shelf.activities[0]
    assert found(shelf) == [("busy 2", "not in the journal")]
    shelf.away.append(Away(since=after(0.5), until=after(3.0)))
    assert found(shelf) == []


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("outcome", "missed", "outcome"),
        ("answered_by", "1002", "answered_by"),
        ("caller_number", "+4930999", "caller's number"),
        ("caller_e164", None, "caller's number"),
        ("dialled_number", "0299990099", "dialled number"),
        ("tracking_number", None, "tracking number"),
        ("direction", "outbound", "direction"),
        ("started_at", after(0.02).isoformat(), "started_at"),
        ("ended_at", after(2.2).isoformat(), "ended_at"),
        ("ended_at", None, "ended_at"),
        ("talk_seconds", 1.4, "talk_seconds"),
        ("is_estimated", True, "is_estimated"),
        ("call_id", "ZZZZZZ", "call ID"),
        ("enrichment", "not_asked", "enrichment"),
    ],
)
def test_a_call_told_wrong_is_found(field: str, value: object, what: str) -> None:
    """One field of one record is not as the wire and the journal have it."""
    shelf = stocked()
    shelf.calls[0][field] = value
    assert found(shelf) == [("short talk 1", what)]


def test_a_missed_call_with_the_wrong_reason_is_found() -> None:
    """The wire said 486, so busy it was."""
    shelf = stocked()
    shelf.calls[1]["missed_reason"] = "abandoned"
    assert found(shelf) == [("busy 2", "missed_reason")]


def test_a_caller_who_hung_up_at_the_door_may_have_been_looked_up_or_not() -> None:
    """The dialplan noted neither: the journal does not know, and the bridge may."""
    shelf = stocked()
    shelf.journal[1] = replace(shelf.journal[1], shown_id="", was_looked_up=False)
    assert found(shelf) == [("busy 2", "enrichment")]
    shelf.journal[1] = replace(shelf.journal[1], was_looked_up=None)
    assert found(shelf) == []


def test_a_phone_that_answered_makes_an_answered_call() -> None:
    """The store and the journal agree with each other, and both are wrong: the wire knows."""
    shelf = stocked()
    spoke = Talk(extension="1004", since=after(0.1), until=after(0.4))
    shelf.wire[1] = replace(shelf.wire[1], talks=(spoke,))
    assert ("busy 2", "outcome") in found(shelf)


@pytest.mark.parametrize("field", ["call_id", "linkedid"])
def test_an_id_that_two_calls_share_is_found(field: str) -> None:
    """Whoever searches for it must find one call."""
    shelf = stocked()
    shelf.calls[1][field] = shelf.calls[0][field]
    assert (shelf.calls[0][field], f"{field} used 2 times") in found(shelf)


def _second_lead(shelf: Shelf) -> None:
    shelf.leads.append(shelf.leads[0] | {"id": 77, "first_call": None})


def _lead_of_a_customer(shelf: Shelf) -> None:
    numbers = [{"e164": shelf.calls[1]["caller_e164"]}]
    shelf.leads.append({"id": 77, "first_call": None, "phone_numbers": numbers})


@pytest.mark.parametrize(
    ("spoil", "what"), [(_second_lead, "1 leads wanted"), (_lead_of_a_customer, "0 leads wanted")]
)
def test_a_lead_too_many_is_found(spoil: Callable[[Shelf], None], what: str) -> None:
    """A stranger is one lead, however often he calls; somebody on file is none."""
    shelf = stocked()
    spoil(shelf)
    assert [each for _, each in found(shelf)] == [what]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda shelf: shelf.calls[0].update(record=None), id="no record"),
        pytest.param(lambda shelf: shelf.activities.clear(), id="a record that is not there"),
        pytest.param(
            lambda shelf: shelf.activities.append(shelf.activities[0] | {"id": 9}), id="two records"
        ),
    ],
)
def test_a_call_that_is_not_exactly_one_record_is_found(spoil: Callable[[Shelf], None]) -> None:
    """Each call became one lead or one activity, and both point at each other."""
    shelf = stocked()
    spoil(shelf)
    assert [what for _, what in found(shelf)] == ["not exactly one lead or activity"]


def test_an_activity_of_a_call_that_is_not_there_is_found() -> None:
    """Somebody would ring back a caller who never was."""
    shelf = stocked()
    shelf.activities.append({"id": 9, "call": {"pbx": "chaos", "linkedid": "1795.99"}})
    assert [what for _, what in found(shelf)] == ["record of no call"]


def test_a_cut_off_call_must_say_that_it_is_estimated() -> None:
    """Asterisk died under it: a record that claims to know its end is told wrong."""
    shelf = stocked()
    shelf.calls[2]["is_estimated"] = False
    assert found(shelf) == [("long talk 3", "is_estimated")]
