"""Activities, cases and opportunities: open or done, each with its dates and its words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound
from crm_store.records import (
    Account,
    Activity,
    ActivityKind,
    ActivityStatus,
    Case,
    CaseStatus,
    Contact,
    Lead,
    Matched,
    Opportunity,
    OpportunityState,
    PersonType,
    Ref,
)
from crm_store.sales import activities, cases, opportunities
from crm_store.store import Store
from tests.crm_store.sales_samples import ANN, TOM, do, history, open_office
from tests.crm_store.store_samples import ended

ADA = Matched(type=PersonType.CONTACT, id=1, name="Ada")


async def add(store: Store, record: Any) -> Any:
    """What somebody typed, as it is kept."""
    kind = type(record).__name__.lower()
    return await do(store, TOM, lambda w: w.need(kind, w.add(record)))


async def customers(store: Store) -> None:
    """Contact 1, Ada, of account 1; contact 2, Grace, of none; lead 1, Tim."""
    await open_office(store)
    await store.write(lambda w: w.create(Contact(name="Ada", account="Engines", owner="Tom")))
    await store.write(lambda w: w.create(Contact(name="Grace")))
    await store.write(lambda w: w.create(Lead(name="Tim")))


async def test_an_activity_goes_from_open_to_history_and_back(store: Store, clock: Any) -> None:
    """In progress by default; completed it has a date, a result and a comment."""
    await customers(store)
    due = clock.now + timedelta(days=1)
    made = await add(store, Activity(subject="Call Ada", about=replace(ADA, name=""), due_at=due))
    assert (made.status, made.about, made.completed_at) == (ActivityStatus.IN_PROGRESS, ADA, None)
    clock.advance(60)
    done = await do(
        store,
        TOM,
        lambda w: activities.complete(w, made.id, result="reached", comment="She will think"),
    )
    assert done == replace(
        made,
        status=ActivityStatus.COMPLETED,
        completed_at=clock.now,
        result="reached",
        comment="She will think",
        version=2,
        updated_at=clock.now,
    )
    again = await do(store, ANN, lambda w: activities.reopen(w, made.id))
    assert (again.status, again.completed_at) == (ActivityStatus.IN_PROGRESS, None)
    assert await history(store, "activity", made.id) == [
        ("created", "Tom"),
        ("completed", "Tom"),
        ("reopened", "Ann"),
    ]


async def test_open_activities_come_by_due_date_and_done_ones_newest_first(
    store: Store, clock: Any
) -> None:
    """What is due first is first, what has no date last; of one person, case or opportunity."""
    await customers(store)
    case = await add(store, Case(subject="Broken", contact_id=1))
    for subject, days, case_id in (("a", None, None), ("b", 2, case.id), ("c", 1, None)):
        due = clock.now + timedelta(days=days) if days else None
        await add(store, Activity(subject=subject, about=ADA, due_at=due, case_id=case_id))
    for key in (1, 2):
        clock.advance(1)
        await store.write(lambda w, key=key: activities.complete(w, key))
    await add(store, Activity(subject="d", about=ADA))
    await add(store, Activity(subject="e", about=Matched(type=PersonType.LEAD, id=1, name="")))

    async def of(about: Ref, is_open: bool | None) -> str:
        found = await store.read(lambda r: activities.activities_of(r, about, is_open=is_open))
        return "".join(each.subject for each in found)

    ada = Ref(type="contact", id=1)
    assert (await of(ada, True), await of(ada, False), await of(ada, None)) == ("cd", "ba", "dbac")
    assert await of(Ref(type="case", id=case.id), None) == "b"
    assert await of(Ref(type="lead", id=1), True) == "e"
    assert await of(Ref(type="opportunity", id=1), None) == ""


async def test_of_two_who_complete_the_second_is_told(store: Store) -> None:
    """Once is enough."""
    await customers(store)
    made = await add(store, Activity(subject="Call", about=ADA))
    done = await asyncio.gather(
        *(store.write(lambda w: activities.complete(w, made.id)) for _ in range(2)),
        return_exceptions=True,
    )
    assert isinstance(done[0], Activity)
    assert isinstance(done[1], NotPossible)
    other = await add(store, Activity(subject="Call", about=ADA))
    with pytest.raises(NotPossible, match="is in progress"):
        await store.write(lambda w: activities.reopen(w, other.id))
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: activities.complete(w, 99))


async def test_an_edit_of_the_status_keeps_the_date(store: Store, clock: Any) -> None:
    """Completed by an edit, or made as done: completed now, or when it says."""
    await customers(store)
    done = await add(store, Activity(subject="Met", status=ActivityStatus.COMPLETED))
    yesterday = clock.now - timedelta(days=1)
    met = Activity(
        subject="Met",
        kind=ActivityKind.MEETING,
        status=ActivityStatus.COMPLETED,
        completed_at=yesterday,
    )
    assert (done.completed_at, (await add(store, met)).completed_at) == (clock.now, yesterday)
    change = {"status": ActivityStatus.IN_PROGRESS}
    assert (await store.write(lambda w: w.change("activity", done.id, change))).completed_at is None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"subject": " "}, Problem("subject", "is required")),
        ({"owner": "Nobody"}, Problem("owner", "no user is called 'Nobody'")),
        (
            {"about": Matched(type=PersonType.CONTACT, id=99, name="")},
            Problem("about", "there is no contact 99"),
        ),
        (
            {"about": Matched(type=PersonType.PERSON_ACCOUNT, id=1, name="")},
            Problem("about", "there is no person account 1"),
        ),
        ({"tags": ("a", "a")}, Problem("tags", "holds one twice")),
        ({"tags": ("",)}, Problem("tags", "holds one that is empty")),
        ({"case_id": 99}, Problem("case_id", "there is no case 99")),
        ({"opportunity_id": 99}, Problem("opportunity_id", "there is no opportunity 99")),
        (
            {"about": Matched(type=PersonType.LEAD, id=1, name=""), "case_id": 1},
            Problem("case_id", "is a case of contact 1, whom it is not about"),
        ),
        (
            {"about": Matched(type=PersonType.CONTACT, id=2, name=""), "case_id": 1},
            Problem("case_id", "is a case of contact 1, whom it is not about"),
        ),
        (
            {"about": Matched(type=PersonType.LEAD, id=1, name=""), "opportunity_id": 1},
            Problem("opportunity_id", "is of somebody else than it is about"),
        ),
    ],
)
async def test_an_activity_that_cannot_be_is_refused(
    store: Store, fields: dict[str, Any], problem: Problem
) -> None:
    """By the name of the field; cases and opportunities are a contact's, never a lead's."""
    await customers(store)
    await add(store, Case(subject="Broken", contact_id=1))
    await add(store, Opportunity(name="Two", contact_id=1))
    with pytest.raises(InvalidRecord) as refused:
        await add(store, Activity(**{"subject": "Call", **fields}))
    assert refused.value.problems == (problem,)


async def test_a_result_is_a_word_of_the_list_for_a_call(store: Store) -> None:
    """What came of a task is said freely."""
    await customers(store)
    with pytest.raises(InvalidRecord, match="result: 'bored' is not in the list"):
        await add(store, Activity(subject="Call", result="bored"))
    call = await add(store, Activity(subject="Call"))
    with pytest.raises(InvalidRecord, match="result: 'bored' is not in the list"):
        await store.write(lambda w: activities.complete(w, call.id, result="bored"))
    task = await add(store, Activity(subject="Send", kind=ActivityKind.TASK))
    done = await store.write(lambda w: activities.complete(w, task.id, result="sent twice"))
    assert done.result == "sent twice"


async def test_an_activity_for_a_case_is_about_its_contact(store: Store) -> None:
    """Nobody has to say so; nor for an opportunity of a contact or of a company alone."""
    await customers(store)
    case = await add(store, Case(subject="Broken", contact_id=1))
    deal = await add(store, Opportunity(name="Two", account_id=1))
    for_case = await add(store, Activity(subject="Mend", case_id=case.id))
    for_deal = await add(store, Activity(subject="Offer", opportunity_id=deal.id))
    assert for_case.about == ADA
    assert for_deal.about == Matched(type=PersonType.ACCOUNT, id=1, name="Engines")


async def test_the_newest_open_case_is_found(store: Store, clock: Any) -> None:
    """Not an older one, a closed one or somebody else's; and how many are open."""
    await customers(store)
    for subject, contact_id in (("old", 1), ("newer", 1), ("newest", 1), ("hers", 2)):
        clock.advance(1)
        await add(store, Case(subject=subject, contact_id=contact_id))
    closed = await do(store, TOM, lambda w: cases.close(w, 3))
    assert (closed.status, closed.closed_at) == (CaseStatus.CLOSED, clock.now)
    found = await store.read(lambda r: cases.newest_open_case(r, 1))
    assert found is not None
    assert found.subject == "newer"
    assert await store.read(lambda r: cases.count_open_cases(r, 1)) == 2
    assert await store.read(lambda r: cases.newest_open_case(r, 99)) is None
    again = await do(store, TOM, lambda w: cases.reopen(w, 3))
    assert (again.status, again.closed_at) == (CaseStatus.OPEN, None)
    for action, key in ((cases.reopen, 3), (cases.reopen, 1)):
        with pytest.raises(NotPossible):
            await store.write(lambda w, action=action, key=key: action(w, key))


async def test_a_call_opens_a_case_for_its_contact(store: Store, clock: Any) -> None:
    """For his owner, with the call that it came from."""
    await customers(store)
    call = ended("1.1", record=None, matched=None, candidates=())
    case = await store.write(
        lambda w: (w.put_call(call), cases.open_case(w, 1, "It is broken", ("sydney", "1.1")))[1]
    )
    assert case == Case(
        id=1,
        subject="It is broken",
        contact_id=1,
        owner="Tom",
        origin="call",
        first_call=("sydney", "1.1"),
        created_at=clock.now,
        updated_at=clock.now,
    )
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: cases.open_case(w, 99, "It is broken"))


async def test_the_newest_open_opportunity_is_found(store: Store, clock: Any) -> None:
    """Not a decided one."""
    await customers(store)
    for name in ("old", "newer", "newest"):
        clock.advance(1)
        await add(store, Opportunity(name=name, contact_id=1))
    await store.write(lambda w: opportunities.win(w, 3))
    found = await store.read(lambda r: opportunities.newest_open_opportunity(r, 1))
    assert found is not None
    assert found.name == "newer"
    assert await store.read(lambda r: opportunities.newest_open_opportunity(r, 2)) is None


async def test_an_opportunity_is_won_or_lost_and_can_be_reopened(store: Store, clock: Any) -> None:
    """With its date and, lost, its reason."""
    await customers(store)
    made = await add(
        store, Opportunity(name="Two", contact_id=1, amount=Decimal("10"), probability=30)
    )
    assert (made.account_id, made.currency) == (1, "EUR")
    won = await store.write(lambda w: opportunities.win(w, made.id))
    assert (won.state, won.closed_at, won.probability) == (OpportunityState.WON, clock.now, 30)
    with pytest.raises(NotPossible, match="was won already"):
        await store.write(lambda w: opportunities.lose(w, made.id, "price"))
    reopened = await store.write(lambda w: opportunities.reopen(w, made.id))
    assert (reopened.state, reopened.closed_at) == (OpportunityState.OPEN, None)
    with pytest.raises(InvalidRecord, match="reason: 'x' is not in the list"):
        await store.write(lambda w: opportunities.lose(w, made.id, "x"))
    lost = await store.write(lambda w: opportunities.lose(w, made.id, "price"))
    assert (lost.state, lost.lost_reason) == (OpportunityState.LOST, "price")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contact_id": None}, "contact_id"),
        ({"state": OpportunityState.WON}, "state"),
        ({"lost_reason": "price"}, "lost_reason"),
        ({"stage": "dreaming"}, "stage"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"currency": "DM"}, "currency"),
        ({"probability": 101}, "probability"),
        ({"contact_id": 99}, "contact_id"),
        ({"account_id": 99}, "account_id"),
    ],
)
async def test_an_opportunity_that_cannot_be_is_refused(
    store: Store, fields: dict[str, Any], field: str
) -> None:
    """By the name of the field."""
    await customers(store)
    with pytest.raises(InvalidRecord) as refused:
        await add(store, Opportunity(**{"name": "Two", "contact_id": 1, **fields}))
    assert [problem.field for problem in refused.value.problems] == [field]


async def test_a_case_has_a_priority_of_the_list(store: Store) -> None:
    """And a contact that is there."""
    await customers(store)
    await store.write(lambda w: w.create(Account(name="Other")))
    for fields, field in (
        ({"priority": "asap", "contact_id": 1}, "priority"),
        ({"contact_id": 99}, "contact_id"),
    ):
        with pytest.raises(InvalidRecord) as refused:
            await add(store, Case(subject="Broken", **fields))  # type: ignore[arg-type]
        assert [problem.field for problem in refused.value.problems] == [field]
