"""Which number a visitor is shown, and whose visit a call to it is put down to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from capture_clock import Clock
from capture_company import NUMBERS, POOL, tracking_number, write_company
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_store.capture.number_leases import (
    GRACE,
    find_leases,
    number_of_visitor,
    put_down_to_visitor,
    visit_for_call,
    visit_of_session,
)
from crm_store.capture.visitors import (
    NOTHING,
    Shown,
    best_number,
    show_campaign_number,
    show_number,
)
from crm_store.capture.visits import person_of_visitor
from crm_store.errors import InvalidRecord, RecordNotFound
from crm_store.records import (
    Attribution,
    CallRecord,
    Direction,
    Lead,
    NumberPool,
    TrackingNumber,
    Visit,
)
from crm_store.store import Store

AD = Visit(
    source="google",
    medium="cpc",
    campaign="Google Ads",
    keyword="leaking roof",
    landing_page="https://roofs.example/?gclid=Cj0K",
    click_id="Cj0K",
    session="ada",
)


async def show(store: Store, session: str, visit: Visit = AD) -> Shown:
    return await store.write(lambda w: show_number(w, "website", replace(visit, session=session)))


async def visit_at(store: Store, number: str | None, at: datetime) -> Visit | None:
    return await store.read(lambda r: visit_for_call(r, number, at))


async def test_each_visitor_has_a_number_of_his_own_while_he_is_there(
    store: Store, clock: Clock
) -> None:
    """He is shown the same one again; an hour later it is somebody else's."""
    first = await show(store, "ada")
    assert first == Shown(
        number="+61255500101", text="(02) 5550 0101", is_shared=False, renew_seconds=900
    )
    clock.advance(minutes=20)
    assert (await show(store, "bea")).number == "+61255500102"
    clock.advance(minutes=1)
    assert [(await show(store, name)).number for name in ("ada", "cy")] == [
        "+61255500101",
        "+61255500103",
    ]
    clock.advance(minutes=61)
    assert (await show(store, "dee")).number == "+61255500102"


async def test_when_all_are_taken_two_share_one_and_it_is_said(store: Store, clock: Clock) -> None:
    """The number whose visitor was last seen longest ago; the records say it too."""
    for name in ("ada", "bea", "cy"):
        await show(store, name)
        clock.advance(minutes=1)
    await show(store, "ada")
    shared = await show(store, "dee")
    assert (shared.number, shared.is_shared) == ("+61255500102", True)
    assert (await show(store, "bea")).is_shared is True
    assert (await show(store, "cy")).is_shared is False
    newest, *others = await store.read(find_leases)
    assert (newest.visit.session, newest.is_shared) == ("dee", True)
    assert [each.is_shared for each in others] == [False] * 3


async def test_a_call_is_put_down_to_whoever_was_shown_the_number_then(
    store: Store, clock: Clock
) -> None:
    """During the visit and the grace, not before and not after; unless somebody has it since."""
    number = (await show(store, "ada")).number
    began = clock.now
    ends = began + timedelta(minutes=30)
    moments = [
        began - timedelta(seconds=1),
        began,
        ends,
        ends + GRACE,
        ends + GRACE + timedelta(seconds=1),
    ]
    found = [await visit_at(store, number, moment) for moment in moments]
    assert found == [None, AD, AD, AD, None]
    assert await visit_at(store, "+61255500199", began) is None
    assert await visit_at(store, None, began) is None

    clock.now = ends + timedelta(minutes=1)
    for name in ("bea", "cy", "dee"):
        await show(store, name, Visit(source="radio"))
    later = await visit_at(store, number, clock.now)
    assert later is not None
    assert later.session == "dee"
    assert await visit_at(store, number, ends) == AD


async def test_who_calls_a_shared_number_is_said_to_be_uncertain(
    store: Store, clock: Clock
) -> None:
    """The one who was shown it last is taken, and the visit says that there was another."""
    for name in ("ada", "bea", "cy", "dee"):
        await show(store, name)
        clock.advance(seconds=1)
    assert await visit_at(store, NUMBERS[0], clock.now) == replace(
        AD, session="dee", is_shared=True
    )


async def test_another_advert_is_another_visit_on_the_same_number(
    store: Store, clock: Clock
) -> None:
    """Calls before it keep what had brought him then; a page without parameters changes nothing."""
    number = (await show(store, "ada")).number
    clock.advance(minutes=5)
    radio = Visit(source="radio", campaign="Spring mailing", session="ada")
    assert (await show(store, "ada", radio)).number == number
    clock.advance(minutes=5)
    assert (await show(store, "ada", Visit())).number == number
    found = [await visit_at(store, number, clock.now - timedelta(minutes=m)) for m in (10, 6, 5, 0)]
    assert found == [AD, AD, radio, radio]
    assert await store.read(lambda r: visit_of_session(r, "ada")) == radio


async def test_the_campaign_of_an_address_is_called_as_we_call_it(store: Store) -> None:
    """``spring_mailing`` in an address is the campaign "Spring mailing"."""
    shown = await show(store, "ada", Visit(campaign="spring_mailing"))
    (lease,) = await store.read(find_leases)
    assert (lease.number, lease.visit.campaign) == (shown.number, "Spring mailing")


async def test_the_fallback_is_shown_when_the_pool_gives_none(store: Store) -> None:
    """Switched off, or a visitor without a session; a pool that is not there is an error."""
    fallback = Shown(number="+61255500100", text="(02) 5550 0100")
    assert await show(store, "") == fallback
    await store.write(lambda w: w.change("number_pool", "website", {"is_active": False}))
    assert await show(store, "ada") == fallback
    await store.write(lambda w: w.change("number_pool", "website", {"fallback": None}))
    assert await show(store, "ada") == NOTHING
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: show_number(w, "nobody", AD))


async def test_two_at_once_are_given_two_numbers(store: Store) -> None:
    """Three visitors in one instant, through one store."""
    shown = await asyncio.gather(*(show(store, name) for name in ("ada", "bea", "cy")))
    assert {each.number for each in shown} == set(NUMBERS)


async def test_a_call_carries_what_brought_its_caller(store: Store, clock: Clock) -> None:
    """Source and campaign into its attribution, the rest into its own fields, and on the lead."""
    number = (await show(store, "ada")).number
    call = CallRecord(
        pbx="sydney",
        linkedid="1.1",
        direction=Direction.INBOUND,
        caller_number="0491570006",
        dialled_number="0255500101",
        started_at=clock.now,
        tracking_number=Attribution(
            number=number or "", label="Website", campaign=None, source="web"
        ),
    )
    told = await store.read(lambda r: put_down_to_visitor(r, call))
    assert told == replace(
        call,
        tracking_number=Attribution(
            number=number or "", label="Website", campaign="Google Ads", source="google"
        ),
        medium="cpc",
        keyword="leaking roof",
        landing_page="https://roofs.example/?gclid=Cj0K",
        click_id="Cj0K",
        visitor_session="ada",
    )
    assert await store.read(lambda r: put_down_to_visitor(r, told)) == told
    outbound = replace(call, direction=Direction.OUTBOUND)
    assert await store.read(lambda r: put_down_to_visitor(r, outbound)) == outbound
    lead = person_of_visitor(Lead(name="Ada"), told)
    assert lead == Lead(
        name="Ada",
        medium="cpc",
        keyword="leaking roof",
        landing_page="https://roofs.example/?gclid=Cj0K",
        click_id="Cj0K",
    )
    ours = tracking_number(number or "")
    rings = await store.read(lambda r: number_of_visitor(r, ours, clock.now))
    assert rings == replace(ours, campaign="Google Ads", source="google")


async def test_without_a_pool_the_number_of_his_campaign_is_shown(store: Store) -> None:
    """What agrees in most; one that is for another campaign is none of his."""

    async def number(**told: str) -> str | None:
        return (await store.read(lambda r: show_campaign_number(r, Visit(**told)))).number

    assert await number(campaign="spring-mailing") == "+61255500200"
    assert await number(source="Google", medium="cpc") == "+61255500201"
    assert await number(source="google", medium="organic") is None
    assert await number(campaign="Google Ads", source="newspaper") is None
    assert await number(campaign="unheard of") is None
    assert await number() is None


def test_the_campaign_counts_before_source_and_medium() -> None:
    """Of two numbers that fit, the one for his campaign."""

    def made(ending: int, **more: str) -> TrackingNumber:
        return tracking_number(f"+6125550010{ending}", **more)  # type: ignore[arg-type]

    by_source = made(1, source="google", medium="cpc")
    by_campaign = made(2, campaign="Ads")
    by_both = made(3, campaign="Ads", source="google")
    visit = Visit(campaign="Ads", source="google", medium="cpc")
    assert best_number([by_source, by_campaign], visit) == by_campaign
    assert best_number([by_source, by_campaign, by_both], visit) == by_both


async def test_a_pool_is_checked_when_it_is_made(store: Store) -> None:
    """Each mistake by its field; a number is in one pool only."""
    wrong = NumberPool(
        name="second",
        numbers=("+61255500101", "+61255500200", "+61255500200", "0255500100"),
        session_minutes=0,
        fallback="ask us",
        allowed_origins=("roofs.example",),
    )
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.add(wrong))
    assert {p.field: p.message for p in refused.value.problems} == {
        "numbers.0": "'+61255500101' is in the pool 'website' already",
        "numbers.2": "'+61255500200' is there twice",
        "numbers.3": "'0255500100' is none of the tracking numbers",
        "session_minutes": "has to be from 1 to 1440",
        "fallback": "has to be a number in E.164, such as +61255500100",
        "allowed_origins.0": "has to look like https://example.com, or be *",
    }


STEPS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), min_size=1, max_size=40)


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_never_two_live_visitors_on_one_number_unless_it_is_said(
    steps: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever comes when: of two who are shown one number, the later one was told.

    And the call of whoever was shown a number last is put down to him.
    """
    asyncio.run(_play(steps, tmp_path_factory.mktemp("pool")))


async def _play(steps: list[tuple[int, int]], folder: Path) -> None:
    clock = Clock()
    async with Store.open(f"sqlite:///{folder}/s.db", migrate=True, clock=clock) as store:
        await store.write(write_company)
        live: dict[str, tuple[str, datetime]] = {}
        for who, minutes in steps:
            clock.advance(minutes=minutes)
            session = f"visitor {who}"
            shown = await show(store, session, Visit(source=f"source {who}"))
            others = {
                name
                for name, (number, ends) in live.items()
                if number == shown.number and ends > clock.now and name != session
            }
            assert shown.is_shared is bool(others)
            number = shown.number or ""
            is_new = live.get(session, ("", clock.now))[0] != number
            live[session] = (number, clock.now + timedelta(minutes=POOL.session_minutes))
            if is_new:
                visit = await visit_at(store, number, clock.now)
                assert visit is not None
                assert (visit.session, visit.is_shared) == (session, bool(others))
            taken = [n for n, ends in live.values() if ends > clock.now]
            assert bool(others) <= (len(set(taken)) == len(NUMBERS))
