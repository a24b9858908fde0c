"""The company, its people and what is to be done with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from store_samples import ended

from crm_store.errors import RecordNotFound, UnknownReference
from crm_store.filters import ActivityFilter, LeadFilter
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    ActivityStatus,
    BusinessHours,
    CallType,
    Campaign,
    Contact,
    JournalPosition,
    Lead,
    Matched,
    OpenInterval,
    PersonAccount,
    PersonType,
    Ref,
    RouteKind,
    TrackingNumber,
    User,
)
from crm_store.store import Store

TOM = User(name="Tom", email="tom@example.org", extensions=("102", "101"))
OFFICE = BusinessHours(
    name="office",
    time_zone="Australia/Sydney",
    country="AU",
    subdivision="NSW",
    weekly=(OpenInterval(weekday=0, opens=time(9), closes=time(17, 30)),),
    closed_on=frozenset({date(2026, 12, 24)}),
    open_on=frozenset({date(2026, 4, 25)}),
)
TRAMS = Campaign(name="Trams", starts_on=date(2026, 1, 1), comment="side boards")
POSTER = TrackingNumber(
    e164="+61298765432",
    raw="02 9876 5432",
    label="Poster",
    campaign="Trams",
    source="offline",
    medium="tram",
    route=RouteKind.RING_GROUP,
    targets=("101", "102"),
    ring_seconds=25,
    voicemail_box="200",
    is_recorded=False,
    announcement="recorded",
    hours=OFFICE,
    owner_first=False,
)


async def test_a_company_loaded_twice_from_a_file_stands_once(store: Store, clock: Any) -> None:
    """Everything comes back as it was put, and the second time nothing is new."""
    ada = Contact(
        name="Ada", account="Works", owner="Tom", phone_numbers=(phone_number("+61491570006"),)
    )
    private = PersonAccount(name="Grace", key="G-1", email="grace@example.org")

    def load(w: Any) -> Any:
        w.put_user(TOM)
        w.put_campaign(TRAMS)
        w.put_tracking_number(POSTER)
        return w.put(ada), w.put(private)

    first = await store.write(load)
    made_at = clock.now
    clock.advance(60)
    assert await store.write(load) == first
    assert await store.read(
        lambda r: (r.users(), r.campaigns(), r.business_hours(), r.tracking_numbers())
    ) == ((TOM,), (TRAMS,), (OFFICE,), (POSTER,))
    when = {"id": 1, "created_at": made_at, "updated_at": made_at}
    assert await store.read(lambda r: [list(r.people(kind)) for kind in PersonType]) == [
        [replace(ada, key="Ada @ Works", account_id=1, **when)],
        [],
        [Account(name="Works", key="Works", **when)],
        [replace(private, **when)],
    ]


async def test_putting_a_person_again_brings_it_up_to_date(store: Store, clock: Any) -> None:
    """The same key, other numbers: the record changes, keeps its id and its first day."""
    old = Account(name="Works", key="W", phone_numbers=(phone_number("+61298765432"),))
    new = replace(old, phone_numbers=(phone_number("+61298765433"),))
    await store.write(lambda w: w.put(old))
    made_at = clock.now
    clock.advance(60)
    ref = await store.write(lambda w: w.put(new))
    assert await store.read(lambda r: r.person(ref)) == replace(
        new, id=1, created_at=made_at, updated_at=clock.now, version=2
    )


async def test_an_extension_belongs_to_the_user_who_got_it_last(store: Store) -> None:
    """A phone that changes desks changes hands; a user's own order of phones is kept."""
    await store.write(lambda w: w.put_user(TOM))
    await store.write(lambda w: w.put_user(User(name="Eve", extensions=("101",))))
    assert await store.read(
        lambda r: (r.user_by_extension("101"), r.user_by_extension("102"), r.user_by_extension("9"))
    ) == (User(name="Eve", extensions=("101",)), replace(TOM, extensions=("102",)), None)


async def test_a_record_that_names_nobody_is_refused(store: Store) -> None:
    """An owner or a campaign that is not in the store: the error says what to write first."""
    with pytest.raises(UnknownReference) as refused:
        await store.write(lambda w: w.create(Lead(name="Ada", owner="Nobody")))
    assert refused.value.hint == "write users and campaigns before what names them"
    with pytest.raises(UnknownReference):
        await store.write(lambda w: w.put_tracking_number(POSTER))


async def test_a_lead_is_worked_and_found(store: Store, clock: Any) -> None:
    """Qualified by one agent: found by status, number and owner, not under the old status."""
    await store.write(lambda w: w.put_user(TOM))
    number = (phone_number("0491 570 006", "AU"),)
    made = await store.write(lambda w: w.create(Lead(name="Caller", phone_numbers=number)))
    changes = {"status": "qualified", "owner": "Tom", "name": "Ada"}
    await store.write(lambda w: w.change("lead", made.id, changes, version=1, is_checked=False))
    expected = Lead(
        id=1,
        name="Ada",
        phone_numbers=number,
        owner="Tom",
        status="qualified",
        version=2,
        created_at=clock.now,
        updated_at=clock.now,
    )
    wanted = LeadFilter(status="qualified", number="0491570006", country="AU", owner="tom")
    assert await store.read(lambda r: list(r.find_leads(wanted))) == [expected]
    assert await store.read(lambda r: list(r.find_leads(LeadFilter(status="new")))) == []
    with pytest.raises(RecordNotFound, match="there is no lead 99"):
        await store.write(lambda w: w.change("lead", 99, {"name": "Nobody"}))


async def test_a_call_has_one_activity_from_ring_to_hang_up(store: Store, clock: Any) -> None:
    """In progress at the ring, completed at the end: the same one, with its call's figures."""
    rang_at = clock.now
    at_ring = Activity(
        subject="Inbound call from Ada",
        status=ActivityStatus.IN_PROGRESS,
        about=Matched(type=PersonType.LEAD, id=7, name="Ada"),
        campaign="Trams",
        call=("sydney", "1.1"),
    )
    at_end = replace(
        at_ring,
        subject="Inbound answered call from Ada",
        status=ActivityStatus.COMPLETED,
        call_type=CallType.INBOUND_ANSWERED,
    )
    first = await store.write(lambda w: (w.put_call(ended()), w.log_activity(at_ring))[1])
    clock.advance(90)
    hung_up_at = clock.now
    again = []
    for _ in range(2):
        again.append(await store.write(lambda w: w.log_activity(at_end)))
        clock.advance(60)
    assert [first, *again] == [Ref(type="activity", id=1)] * 3
    expected = replace(
        at_end,
        id=1,
        created_at=rang_at,
        completed_at=hung_up_at,
        updated_at=hung_up_at,
        call_id="7K4Q2M",
        wait_seconds=6.0,
        talk_seconds=90.000001,
        recordings=ended().recordings,
        missed_reason=ended().missed_reason,
        version=2,
    )
    wanted = ActivityFilter(
        about=Ref(type=PersonType.LEAD, id=7),
        campaign="trams",
        call_id="7k4q2m",
        call_type=CallType.INBOUND_ANSWERED,
    )
    assert await store.read(lambda r: list(r.find_activities(wanted))) == [expected]
    assert await store.read(lambda r: r.activity_of("sydney", "1.1")) == expected


async def test_a_task_without_a_call_is_completed_and_deleted_by_its_id(
    store: Store, clock: Any
) -> None:
    """Activities that tell of no call don't get in each other's way."""
    task = Activity(subject="Call back", status=ActivityStatus.IN_PROGRESS)
    made_at = clock.now
    one, two = await store.write(lambda w: (w.log_activity(task), w.log_activity(task)))
    clock.advance(60)
    done = [await store.write(lambda w, i=i: w.complete_activity(i)) for i in (one.id, 99)]
    gone = [await store.write(lambda w, i=i: w.delete_activity(i)) for i in (two.id, 99)]
    assert (done, gone) == ([True, False], [True, False])
    assert await store.read(lambda r: list(r.find_activities())) == [
        replace(
            task,
            id=one.id,
            version=2,
            status=ActivityStatus.COMPLETED,
            created_at=made_at,
            completed_at=clock.now,
            updated_at=clock.now,
        )
    ]


async def test_a_journal_is_remembered_where_it_was_left(store: Store, clock: Any) -> None:
    """One position for each PBX, the last one set."""
    start = JournalPosition(pbx="sydney", path="/var/log/cel.csv", inode=2**40, offset=0)
    later = replace(start, offset=2**33, mark="sha256")
    await store.write(lambda w: w.set_journal_position(start))
    await store.write(lambda w: w.set_journal_position(later))
    assert await store.read(
        lambda r: (r.journal_position("sydney"), r.journal_position("melbourne"))
    ) == (replace(later, updated_at=clock.now), None)
