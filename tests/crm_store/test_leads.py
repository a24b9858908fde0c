"""The life of a lead: state by state through actions, status by status through edits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound, VersionConflict
from crm_store.records import By, Estimate, Lead, LeadState, TimeUnit
from crm_store.sales import leads
from crm_store.sales.lead_dates import lead_times
from crm_store.sales.lead_settings import LeadSettings, Status
from crm_store.store import Store
from crm_store.writer import Writer
from tests.crm_store.sales_samples import ANN, EVE, TOM, do, history, make_lead, open_office


def life_of(lead: Lead) -> dict[str, Any]:
    names = ("state", "status", "started_at", "completed_at", "lost_reason")
    return {name: getattr(lead, name) for name in names}


async def test_a_lead_is_started_won_and_reopened_to_where_it_was(store: Store, clock: Any) -> None:
    """Each action with its date and its entry; reopened it is in the status it had before."""
    await open_office(store)
    lead = await make_lead(store)
    assert lead.id is not None
    key, made_at = lead.id, clock.now
    clock.advance(60)
    started = await do(store, TOM, lambda w: leads.start(w, key))
    await do(store, TOM, lambda w: w.change("lead", key, {"status": "qualified"}))
    clock.advance(60)
    won = await do(store, ANN, lambda w: leads.win(w, key))
    reopened = await do(store, TOM, lambda w: leads.reopen(w, key))

    began, done = made_at + timedelta(seconds=60), made_at + timedelta(seconds=120)
    open_life = {"started_at": began, "completed_at": None, "lost_reason": None}
    in_progress = {"state": LeadState.IN_PROGRESS, **open_life}
    assert life_of(started) == {**in_progress, "status": "contacted"}
    assert life_of(won) == {
        **open_life,
        "state": LeadState.WON,
        "status": "won",
        "completed_at": done,
    }
    assert life_of(reopened) == {**in_progress, "status": "qualified"}
    assert await history(store, "lead", key) == [
        ("created", "Tom"),
        ("started", "Tom"),
        ("updated", "Tom"),
        ("won", "Ann"),
        ("reopened", "Tom"),
    ]


async def test_a_lead_lost_twice_goes_back_to_where_it_was_the_second_time(store: Store) -> None:
    """New, lost, reopened as new; started, lost, reopened as contacted: the history knows."""
    key = (await make_lead(store)).id or 0
    await store.write(lambda w: leads.lose(w, key, "spam"))
    first = await store.write(lambda w: leads.reopen(w, key))
    await store.write(lambda w: leads.start(w, key))
    await store.write(lambda w: leads.lose(w, key, "price"))
    second = await store.write(lambda w: leads.reopen(w, key))

    assert (first.state, first.status, first.lost_reason) == (LeadState.NEW, "new", None)
    assert (second.state, second.status) == (LeadState.IN_PROGRESS, "contacted")


async def test_a_lead_without_a_past_is_reopened_by_whether_it_was_started(
    store: Store, clock: Any
) -> None:
    """Lost before the history began, and in a status that is gone: the first of the state."""
    old = Lead(name="Old", status="dead", state=LeadState.LOST, lost_reason="price")
    key = await store.write(lambda w: w.add(old, is_checked=False))
    assert (await store.write(lambda w: leads.reopen(w, int(key)))).status == "new"
    begun = Lead(name="Old", status="dead", state=LeadState.LOST, started_at=clock.now)
    key = await store.write(lambda w: w.add(begun, is_checked=False))
    reopened = await store.write(lambda w: leads.reopen(w, int(key)))
    assert (reopened.state, reopened.status) == (LeadState.IN_PROGRESS, "contacted")


@pytest.mark.parametrize("reason", ["", "  ", "bad mood"])
async def test_who_loses_a_lead_says_why_in_a_word_of_the_list(store: Store, reason: str) -> None:
    """No reason, or one of his own: refused by name, and the lead is as it was."""
    lead = await make_lead(store)
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: leads.lose(w, lead.id or 0, reason))
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    assert await store.read(lambda r: r.get("lead", lead.id)) == lead


ACTIONS: dict[str, Callable[[Writer, int], Lead]] = {
    "start": leads.start,
    "win": leads.win,
    "lose": lambda w, key: leads.lose(w, key, "price"),
    "reopen": leads.reopen,
}


@pytest.mark.parametrize(
    ("before", "action"),
    [
        (("start",), "start"),
        (("win",), "start"),
        (("win",), "win"),
        (("win",), "lose"),
        (("lose",), "lose"),
        (("lose",), "win"),
        ((), "reopen"),
        (("start",), "reopen"),
    ],
)
async def test_an_action_that_the_state_does_not_allow_says_so(
    store: Store, before: tuple[str, ...], action: str
) -> None:
    """Nothing is written: neither a field nor an entry."""
    key = (await make_lead(store)).id or 0
    for each in before:
        await store.write(lambda w, each=each: ACTIONS[each](w, key))
    as_it_was = await store.read(lambda r: r.get("lead", key))
    with pytest.raises(NotPossible, match=f"lead {key} is"):
        await store.write(lambda w: ACTIONS[action](w, key))
    assert await store.read(lambda r: r.get("lead", key)) == as_it_was
    assert len(await history(store, "lead", key)) == 1 + len(before)


@pytest.mark.parametrize("action", ACTIONS)
async def test_no_action_on_a_lead_that_is_not_there(store: Store, action: str) -> None:
    """Named by kind and number."""
    with pytest.raises(RecordNotFound, match="there is no lead 99"):
        await store.write(lambda w: ACTIONS[action](w, 99))


async def test_of_two_who_decide_the_second_is_told(store: Store) -> None:
    """Won and lost at once, both for version 1: one stands."""
    key = (await make_lead(store)).id or 0
    done = await asyncio.gather(
        store.write(lambda w: leads.win(w, key, version=1)),
        store.write(lambda w: leads.lose(w, key, "price", version=1)),
        return_exceptions=True,
    )
    assert isinstance(done[0], Lead)
    assert isinstance(done[1], VersionConflict)
    assert (await store.read(lambda r: r.get("lead", key))).state is LeadState.WON


@pytest.mark.parametrize(
    ("before", "status", "message"),
    [
        ((), "contacted", "'contacted' belongs to the state 'in_progress'; the action is: start"),
        ((), "won", "'won' belongs to the state 'won'; the action is: win"),
        ((), "lost", "'lost' belongs to the state 'lost'; the action is: lose"),
        (("win",), "contacted", "'contacted' belongs to the state 'in_progress'; "),
        (("win",), "converted", "a lead is converted by the action convert, and stays so"),
        ((), "asleep", "'asleep' is no status; there are: new, contacted, qualified, won, "),
    ],
)
async def test_a_status_of_another_state_is_no_edit(
    store: Store, before: tuple[str, ...], status: str, message: str
) -> None:
    """The problem names the action that it takes."""
    key = (await make_lead(store)).id or 0
    for each in before:
        await store.write(lambda w, each=each: ACTIONS[each](w, key))
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.change("lead", key, {"status": status}))
    assert [each.field for each in refused.value.problems] == ["status"]
    assert refused.value.problems[0].message.startswith(message)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"state": LeadState.WON},
            Problem("state", "follows from the status; the action is: win"),
        ),
        (
            {"lost_reason": "price"},
            Problem("lost_reason", "is for a lost lead; the action is: lose"),
        ),
        ({"opportunity_id": 1}, Problem("opportunity_id", "is set by converting")),
    ],
)
async def test_what_actions_set_is_no_edit(
    store: Store, changes: dict[str, Any], problem: Problem
) -> None:
    """State, reason and what a lead became follow from what was done."""
    key = (await make_lead(store)).id or 0
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.change("lead", key, changes))
    assert refused.value.problems == (problem,)


async def test_the_reason_of_a_lost_lead_can_be_corrected(store: Store) -> None:
    """To another one of the list, and not to none."""
    key = (await make_lead(store)).id or 0
    await store.write(lambda w: leads.lose(w, key, "price"))
    changed = await store.write(lambda w: w.change("lead", key, {"lost_reason": "competitor"}))
    assert changed.lost_reason == "competitor"
    with pytest.raises(InvalidRecord, match="lost_reason: is required for a lost lead"):
        await store.write(lambda w: w.change("lead", key, {"lost_reason": None}))


@pytest.mark.parametrize("status", ["won", "lost", "asleep"])
async def test_a_new_lead_is_open(store: Store, status: str) -> None:
    """One that is over, or nowhere, is not made; one in progress is, with its state."""
    with pytest.raises(InvalidRecord, match="status: "):
        await make_lead(store, status=status)
    assert (await make_lead(store, status="qualified")).state is LeadState.IN_PROGRESS


async def test_statuses_are_the_administrators(store: Store) -> None:
    """Another first status, another one to start with: leads follow without a restart."""
    settings = LeadSettings(
        statuses=(
            Status(name="fresh", state=LeadState.NEW),
            Status(name="calling", state=LeadState.IN_PROGRESS),
            Status(name="sold", state=LeadState.WON),
            Status(name="customer", state=LeadState.WON),
            Status(name="gone", state=LeadState.LOST),
        ),
        **{"first": "fresh", "on_start": "calling", "on_qualify": "calling", "on_win": "sold"},
        **{"on_convert": "customer", "on_lose": "gone", "on_disqualify": "gone"},
    )
    assert settings.problems() == []
    await store.write(lambda w: w.put_settings(settings))
    lead = await make_lead(store)
    started = await store.write(lambda w: leads.start(w, lead.id or 0))
    won = await store.write(lambda w: leads.win(w, lead.id or 0))
    assert (lead.status, started.status, won.status) == ("fresh", "calling", "sold")


async def test_starting_counts_the_expected_end_anew(store: Store, clock: Any) -> None:
    """Two days of work, started a day late, end two days after the start; a given end stays."""
    two_days = Estimate(value=2, unit=TimeUnit.DAYS)
    lead = await make_lead(store, estimate=two_days)
    assert lead.expected_at == clock.now + timedelta(days=2)
    clock.advance(24 * 3600)
    started = await store.write(lambda w: leads.start(w, lead.id or 0))
    assert (started.estimate, started.expected_at) == (two_days, clock.now + timedelta(days=2))

    other = await make_lead(store)
    end = clock.now + timedelta(hours=6)
    given = await store.write(lambda w: leads.start(w, other.id or 0, expected_at=end))
    assert (given.estimate, given.expected_at) == (Estimate(value=6, unit=TimeUnit.HOURS), end)
    clock.advance(7 * 3600)
    late = await store.write(lambda w: leads.win(w, other.id or 0))
    times = lead_times(late, clock.now + timedelta(days=9))
    assert (times.overdue_seconds, times.actual_seconds) == (3600.0, 7 * 3600.0)


async def test_a_user_of_the_unit_takes_a_lead_that_nobody_has(store: Store) -> None:
    """Two at once: one gets it, the other is told who; nobody of another unit can."""
    await open_office(store)
    key = (await make_lead(store, unit="Sydney")).id or 0
    done = await asyncio.gather(
        do(store, TOM, lambda w: leads.accept(w, key, version=1)),
        do(store, ANN, lambda w: leads.accept(w, key, version=1)),
        return_exceptions=True,
    )
    assert (done[0].owner, done[0].version) == ("Tom", 2)  # type: ignore[union-attr]
    assert isinstance(done[1], NotPossible)
    assert str(done[1]) == f"Tom has lead {key} already"
    with pytest.raises(NotPossible, match=f"you have lead {key} already"):
        await do(store, TOM, lambda w: leads.accept(w, key))

    far = (await make_lead(store, unit="Perth")).id or 0
    with pytest.raises(NotPossible, match="is for Perth, and Tom is not of it"):
        await do(store, TOM, lambda w: leads.accept(w, far))
    assert (await do(store, EVE, lambda w: leads.accept(w, far))).owner == "Eve"


async def test_a_lead_of_no_unit_is_assigned_and_not_accepted(store: Store) -> None:
    """And nobody accepts in nobody's name."""
    lead = await make_lead(store, by=By())
    await open_office(store)
    with pytest.raises(NotPossible, match="is assigned to no unit"):
        await do(store, TOM, lambda w: leads.accept(w, lead.id or 0))
    with pytest.raises(NotPossible, match="nobody is signed in"):
        await store.write(lambda w: leads.accept(w, lead.id or 0))


async def test_a_new_unit_takes_a_lead_from_who_is_not_of_it(store: Store) -> None:
    """To Perth: Tom loses it, and Eve can accept it. To Sydney: Eve, who is of both, keeps it."""
    await open_office(store)
    key = (await make_lead(store)).id or 0
    await do(store, TOM, lambda w: leads.assign(w, key, owner="Tom"))
    to_perth = await do(store, TOM, lambda w: leads.assign(w, key, unit="Perth"))
    await do(store, EVE, lambda w: leads.accept(w, key))
    to_sydney = await do(store, TOM, lambda w: leads.assign(w, key, unit="Sydney"))
    to_nobody = await do(store, TOM, lambda w: leads.assign(w, key, unit=None, owner=None))

    assert (to_perth.unit, to_perth.owner) == ("Perth", None)
    assert (to_sydney.unit, to_sydney.owner) == ("Sydney", "Eve")
    assert (to_nobody.unit, to_nobody.owner) == (None, None)
    assert [action for action, _ in await history(store, "lead", key)] == [
        *("created", "assigned", "assigned", "accepted", "assigned", "assigned")
    ]


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({}, Problem("", "a unit or an owner is required")),
        ({"owner": "Nobody"}, Problem("owner", "no user is called 'Nobody'")),
        ({"unit": "Nowhere"}, Problem("unit", "no group is called 'Nowhere'")),
        ({"unit": "Perth", "owner": "Tom"}, Problem("owner", "'Tom' is not of 'Perth'")),
        ({"unit": "Perth", "owner": "Nobody"}, Problem("owner", "no user is called 'Nobody'")),
    ],
)
async def test_a_lead_is_assigned_to_who_is_there(
    store: Store, wanted: dict[str, Any], problem: Problem
) -> None:
    """A user who is not of the unit, or an unknown one of either: named."""
    await open_office(store)
    lead = await make_lead(store)
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: leads.assign(w, lead.id or 0, **wanted))
    assert refused.value.problems == (problem,)
