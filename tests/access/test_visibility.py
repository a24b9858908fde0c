"""Which records an agent sees: told record by record, and the same in a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_store.access.visibility import sees, sees_object, visible_to
from crm_store.kinds import KINDS
from crm_store.records import (
    Account,
    Activity,
    CallRecord,
    Case,
    Contact,
    Direction,
    Group,
    Lead,
    Matched,
    Opportunity,
    Party,
    PersonAccount,
    PersonType,
    Ref,
    Role,
    User,
)
from crm_store.store import Store
from crm_store.tables import calls
from crm_store.writer import Writer

GROUPS = ("North", "South", 'We"st')
USERS = ("Ann", "Bob", "O'Neil")
ANN = User(name="Ann", groups=("North",), extensions=("101", "102"))
EVE = User(name="Eve", groups=("North", 'We"st'), extensions=())

some_group, some_user = st.sampled_from((None, *GROUPS)), st.sampled_from((None, *USERS))
owned = {"owner": some_user, "owner_group": some_group}
few_ids = st.one_of(st.none(), st.integers(1, 4))


def people(record: Any, **more: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.builds(record, name=st.just("x"), **owned, **more), min_size=1, max_size=3)


class Undo(Exception):
    """Takes everything back that the example wrote."""


def matched(draw: Any) -> Matched | None:
    kind = draw(st.sampled_from((None, *PersonType)))
    return kind and Matched(type=kind, id=draw(st.integers(1, 4)), name="x")


@st.composite
def works(draw: Any) -> list[Any]:
    """Activities, cases and opportunities that refer to people who may not be there."""
    some: list[Any] = [
        Activity(
            subject="x",
            about=matched(draw),
            owner=draw(some_user),
            owner_group=draw(some_group),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    some += draw(st.lists(st.builds(Case, subject=st.just("x"), contact_id=st.just(1), **owned)))
    some += draw(
        st.lists(
            st.builds(
                Opportunity,
                name=st.just("x"),
                contact_id=st.sampled_from((None, 1)),
                account_id=st.sampled_from((None, 1)),
                lead_id=st.sampled_from((None, 1)),
                **owned,
            ),
            max_size=3,
        )
    )
    return some


@st.composite
def some_calls(draw: Any) -> list[CallRecord]:
    extensions = st.sampled_from(("101", "102", "201", "+61491570006"))
    made = []
    for number in range(draw(st.integers(0, 4))):
        parties = tuple(
            Party(extension=one, channel="c", rang_at=None, answered_at=None, left_at=None)
            for one in draw(st.lists(extensions, max_size=2))
        )
        kind = draw(st.sampled_from((None, "activity", *PersonType)))
        made.append(
            CallRecord(
                pbx="sydney",
                linkedid=f"{number}.1",
                direction=draw(st.sampled_from(Direction)),
                caller_number=draw(extensions),
                dialled_number=draw(extensions),
                started_at=datetime(2026, 11, 22, tzinfo=UTC),
                answered_by=draw(st.none() | extensions),
                agent=draw(some_user),
                parties=parties,
                matched=matched(draw),
                record=kind and Ref(type=kind, id=draw(st.integers(1, 4))),
            )
        )
    return made


def compare(
    w: Writer, user: User, theirs: list[Any], work: list[Any], their_calls: list[Any]
) -> tuple[dict[str, set[Any]], dict[str, set[Any]]]:
    """What a list finds, and what is said of each record, by kind."""
    for person in theirs:
        w.add(person, is_checked=False)
    for one in work:
        names = ("contact_id", "account_id", "lead_id")
        first: dict[str, Any] = {n: ids(w, n) for n in names if getattr(one, n, None) is not None}
        if isinstance(one, Activity):
            first["about"] = real(w, one.about)
        w.add(replace(one, **first), is_checked=False)
    for call in their_calls:
        w.put_call(replace(call, matched=real(w, call.matched), record=real(w, call.record)))
    listed: dict[str, set[Any]] = {}
    told: dict[str, set[Any]] = {}
    for name in (*PersonType, "activity", "case", "opportunity"):
        kind = KINDS[name]
        query = sa.select(kind.table.c.id).where(shown(name, user))
        listed[name] = set(w._connection.execute(query).scalars())
        told[name] = {one.id for one in w.all_of(name) if sees(w, user, one)}
        assert {one.id for one in w.all_of(name) if sees_object(w, user, name, one.id)} == (
            told[name]
        )
    query = sa.select(calls.c.linkedid).where(shown("call", user))
    listed["call"] = set(w._connection.execute(query).scalars())
    told["call"] = {one.linkedid for one in w.find_calls() if sees(w, user, one)}
    return listed, told


def real(w: Writer, ref: Any) -> Any:
    """The same reference to the n-th record of its type, however the engine counts them."""
    known = [one.id for one in w.all_of(ref.type)] if ref is not None else []
    return ref and replace(ref, id=known[ref.id - 1] if ref.id <= len(known) else 10**6)


def ids(w: Writer, name: str) -> int:
    """The first one there is: foreign keys refuse the others."""
    return next(w.all_of(name.removesuffix("_id"))).id


def shown(name: str, user: User) -> Any:
    condition = visible_to(name, user)
    assert condition is not None
    return condition


async def make_company(store: Store) -> None:
    def make(w: Writer) -> None:
        for group in GROUPS:
            w.add(Group(name=group))
        for user in USERS:
            w.add(User(name=user))

    await store.write(make)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    user=st.sampled_from((ANN, EVE, User(name="O'Neil"))),
    leads=people(
        Lead,
        unit=some_group,
        team=st.lists(st.sampled_from(USERS), max_size=2).map(tuple),
    ),
    others=st.tuples(people(Contact), people(Account), people(PersonAccount)),
    work=works(),
    their_calls=some_calls(),
)
async def test_a_list_shows_what_the_question_about_each_record_grants(
    store: Store,
    user: User,
    leads: list[Any],
    others: tuple[list[Any], ...],
    work: list[Any],
    their_calls: list[Any],
) -> None:
    """Whatever the records: ``visible_to`` and ``sees`` agree, also on calls; on both engines."""
    if await store.read(lambda r: r.get("group", "North")) is None:
        await make_company(store)
    theirs = [*leads, *(one for some in others for one in some)]
    found: list[Any] = []

    def look(w: Writer) -> None:
        found[:] = compare(w, user, theirs, work, their_calls)
        raise Undo

    with pytest.raises(Undo):
        await store.write(look)
    listed, told = found
    assert listed == told


@pytest.mark.parametrize(
    ("record", "is_seen"),
    [
        (Lead(name="x"), True),
        (Lead(name="x", owner="Bob"), True),
        (Lead(name="x", owner_group="North"), True),
        (Lead(name="x", owner_group="South"), False),
        (Lead(name="x", owner_group="South", owner="Bob"), False),
        (Lead(name="x", owner_group="South", owner="Ann"), True),
        (Lead(name="x", owner_group="South", unit="North"), True),
        (Lead(name="x", owner_group="South", team=("Bob", "Ann")), True),
        (Contact(name="x", owner_group="South"), False),
        (Activity(subject="x", owner_group="South"), False),
        (Activity(subject="x"), True),
        (Activity(subject="x", about=Matched(type=PersonType.LEAD, id=99, name="x")), False),
    ],
)
async def test_an_agent_sees_his_own_and_his_groups_records(
    store: Store, record: Any, is_seen: bool
) -> None:
    """His, his groups', those assigned to him or them, and nobody's; a manager sees them all."""
    seen = await store.read(lambda r: sees(r, ANN, record))
    by_manager = await store.read(
        lambda r: sees(r, User(name="Mia", role=Role.MANAGER), record),
    )
    assert (seen, by_manager) == (is_seen, True)


async def test_an_activity_without_a_group_goes_by_the_lead_it_is_about(store: Store) -> None:
    """Whoever does not see the lead does not read of it in its activities either."""
    await make_company(store)

    def look(w: Writer) -> list[bool]:
        seen = []
        for group in ("North", "South"):
            lead = w.add(Lead(name="x", owner_group=group))
            about = Matched(type=PersonType.LEAD, id=int(lead), name="x")
            activity = w.add(Activity(subject="x", about=about))
            seen.append(sees_object(w, ANN, "activity", activity))
        return seen

    assert await store.write(look) == [True, False]


def stranger(**more: Any) -> CallRecord:
    given = {
        "pbx": "sydney",
        "linkedid": "1.1",
        "direction": Direction.INBOUND,
        "caller_number": "101",
        "dialled_number": "0298765432",
        "started_at": datetime(2026, 11, 22, tzinfo=UTC),
    }
    return CallRecord(**(given | more))


def rung(extension: str) -> tuple[Party, ...]:
    return (Party(extension=extension, channel="c", rang_at=None, answered_at=None, left_at=None),)


@pytest.mark.parametrize(
    ("call", "is_seen"),
    [
        (stranger(), False),
        (stranger(parties=rung("101")), True),
        (stranger(parties=rung("201")), False),
        (stranger(answered_by="102"), True),
        (stranger(agent="Ann"), True),
        (stranger(agent="Bob", answered_by="201"), False),
        (stranger(direction=Direction.OUTBOUND), True),
        (stranger(direction=Direction.INTERNAL), True),
        (stranger(matched=Matched(type=PersonType.LEAD, id=1, name="x")), True),
        (stranger(matched=Matched(type=PersonType.LEAD, id=2, name="x")), False),
        (stranger(record=Ref(type=PersonType.LEAD, id=1)), True),
        (stranger(record=Ref(type="activity", id=1)), True),
        (stranger(record=Ref(type="activity", id=2)), False),
    ],
)
async def test_an_agent_sees_the_calls_that_he_had_and_those_of_whom_he_sees(
    store: Store, call: CallRecord, is_seen: bool
) -> None:
    """A stranger who sends a number like an extension's is a stranger; both forms say the same."""
    await make_company(store)

    def look(w: Writer) -> tuple[bool, bool]:
        for group in ("North", "South"):
            w.add(Lead(name="x", owner_group=group))
            w.add(Activity(subject="x", owner_group=group))
        w.put_call(call)
        query = sa.select(calls.c.id).where(shown("call", ANN))
        return sees(w, ANN, call), w.connection.execute(query).first() is not None

    assert await store.write(look) == (is_seen, is_seen)


def test_nothing_is_kept_from_managers_and_administrators() -> None:
    """No condition, so that their lists cost nothing more."""
    roles = (Role.MANAGER, Role.ADMINISTRATOR)
    found = [visible_to(name, User(name="x", role=role)) for role in roles for name in KINDS]
    assert found == [None] * len(found)
