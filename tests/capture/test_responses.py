"""What is done with a new lead: the rule carried out, in the transaction of the capture."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from capture_clock import Clock

from crm_store.capture.response_rules import Verdict
from crm_store.capture.responses import Trial, put_order, respond_to, try_rule
from crm_store.errors import InvalidRecord
from crm_store.messages import mail
from crm_store.records import (
    Actions,
    Activity,
    ActivityKind,
    By,
    Conditions,
    Lead,
    Matched,
    PersonType,
    PlannedActivity,
    ResponseRule,
    TimeWindow,
    User,
)
from crm_store.store import Store

BIG = ResponseRule(
    name="big ones",
    position=1,
    conditions=Conditions(employees_min=100),
    actions=Actions(
        category="hot",
        priority="high",
        owner_group="North",
        unit="North",
        round_robin="Sales",
        response="offer",
        auto_response="hot",
        activity=PlannedActivity(subject="Call back", kind=ActivityKind.CALL, due_in_hours=2),
    ),
)


async def capture(store: Store, lead: Lead, **more: Any) -> Lead:
    """A lead comes, and is responded to."""

    def make(writer: Any) -> Lead:
        writer.by = By(via="api")
        ref = writer.create(lead)
        respond_to(writer, ref.id, **more)
        return writer.need("lead", ref.id)  # type: ignore[no-any-return]

    return await store.write(make)


async def test_a_rule_does_all_that_it_says(store: Store, clock: Clock) -> None:
    """Fields, group, unit, owner, a planned activity, a mail; the history names the rule."""
    await store.write(lambda w: w.add(BIG))
    lead = Lead(name="Ada", email="ada@byron.example", employees=500)
    made = await capture(store, lead)
    expected = replace(
        lead,
        category="hot",
        priority="high",
        owner_group="North",
        unit="North",
        owner="alice",
        response="offer",
        id=made.id,
        version=2,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert made == expected
    (activity,) = await store.read(lambda r: list(r.find_activities()))
    assert activity == Activity(
        subject="Call back",
        kind=ActivityKind.CALL,
        about=Matched(type=PersonType.LEAD, id=made.id or 0, name="Ada"),
        owner="alice",
        owner_group="North",
        due_at=clock.now + timedelta(hours=2),
        id=activity.id,
        created_at=clock.now,
        updated_at=clock.now,
    )
    entries = await store.read(lambda r: list(r.history_of("lead", made.id or 0)))
    assert [(each.via, each.action) for each in entries] == [
        ("api", "created"),
        ("rule big ones", "responded"),
    ]
    (answer,) = await store.read(mail.find_emails)
    assert (answer.to, answer.template, answer.about) == ("ada@byron.example", "hot", answer.about)


async def test_what_was_said_stays(store: Store) -> None:
    """A rule fills what is empty; a lead that has an owner keeps his group too."""
    await store.write(lambda w: w.add(BIG))
    lead = Lead(name="Ada", employees=500, category="cold", owner="carl", owner_group="Sales")
    made = await capture(store, lead)
    found = (made.category, made.owner, made.owner_group, made.priority)
    assert found == ("cold", "carl", "Sales", "high")


async def test_users_take_turns(store: Store) -> None:
    """Round the group by name; who has left is passed over; a group of nobody assigns nobody."""
    await store.write(lambda w: w.add(BIG))
    await store.write(lambda w: w.add(User(name="zed", groups=("Sales",))))
    big = Lead(name="Ada", employees=500)
    found = [(await capture(store, big)).owner for _ in range(4)]
    await store.write(lambda w: w.change("user", "bob", {"is_active": False}))
    found += [(await capture(store, big)).owner for _ in range(2)]
    for name in ("alice", "zed"):
        await store.write(lambda w, name=name: w.change("user", name, {"is_active": False}))
    found.append((await capture(store, big)).owner)
    assert found == ["alice", "bob", "zed", "alice", "zed", "alice", None]


async def test_a_rule_whose_people_are_gone_keeps_no_lead_from_being_written(store: Store) -> None:
    """Owner, group, unit and template that are no longer there are passed over."""
    actions = Actions(owner="carl", owner_group="North", unit="North", auto_response="hot")
    await store.write(lambda w: w.add(ResponseRule(name="all", actions=actions)))

    def take_away(writer: Any) -> None:
        writer.remove("user", "carl")
        writer.remove("group", "North")
        writer.remove("email_template", "hot")

    await store.write(take_away)
    made = await capture(store, Lead(name="Ada", email="ada@byron.example"))
    assert (made.owner, made.owner_group, made.unit) == (None, None, None)
    assert await store.read(mail.find_emails) == []


async def test_no_rule_no_change(store: Store) -> None:
    """Without a rule that fits the lead stays as it came; the form's own mail is sent."""
    await store.write(lambda w: w.add(BIG))
    lead = Lead(name="Ada", email="ada@byron.example")
    made = await capture(store, lead, auto_response="thanks", values={"name": "Miss Byron"})
    assert made.version == 1
    (answer,) = await store.read(mail.find_emails)
    assert answer.subject == "Thank you, Miss Byron"


async def test_a_lead_is_answered_once(store: Store) -> None:
    """Not twice, and never at an address that has unsubscribed; not without an address."""
    await store.write(lambda w: mail.unsubscribe(w, "eve@b.example", via="link"))
    for email in ("ada@b.example", "eve@b.example", None):
        made = await capture(store, Lead(name="Ada", email=email), auto_response="thanks")
        await store.write(lambda w, key=made.id: respond_to(w, key or 0, auto_response="thanks"))
    answers = await store.read(mail.find_emails)
    assert [each.to for each in answers] == ["ada@b.example"]


async def test_a_rule_is_tried_before_it_is_saved(store: Store, clock: Clock) -> None:
    """Matched or not, why, and what would change; nothing is written, nobody's turn is taken."""
    lead = Lead(name="Ada", employees=500, email="a@b.example", origin="api", created_at=clock.now)
    trial = await store.read(lambda r: try_rule(r, BIG, lead))
    assert trial == Trial(
        is_match=True,
        is_first=True,
        conditions=(Verdict(condition="employees", is_met=True, why="500 employees"),),
        changes={
            "category": (None, "hot"),
            "priority": (None, "high"),
            "unit": (None, "North"),
            "response": (None, "offer"),
            "owner_group": (None, "North"),
            "owner": (None, "alice"),
        },
        activity="Call back",
        auto_response="hot",
    )
    small = await store.read(lambda r: try_rule(r, BIG, replace(lead, employees=5)))
    assert small == Trial(
        is_match=False,
        is_first=False,
        conditions=(
            Verdict(condition="employees", is_met=False, why="5 employees, not at least 100"),
        ),
        changes={},
    )
    await store.write(lambda w: w.add(ResponseRule(name="before", position=0)))
    assert not (await store.read(lambda r: try_rule(r, BIG, lead))).is_first
    again = await store.read(lambda r: try_rule(r, BIG, lead))
    assert again.changes["owner"] == (None, "alice")


async def test_the_order_is_put_at_once(store: Store) -> None:
    """All names, each once; anything else is refused and changes nothing."""

    def make(writer: Any) -> None:
        for name in ("a", "b", "c"):
            writer.add(ResponseRule(name=name))

    await store.write(make)
    put = await store.write(lambda w: put_order(w, ["c", "a", "b"]))
    assert [each.name for each in put] == ["c", "a", "b"]
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: put_order(w, ["a", "a", "z"]))
    said = [problem.message for problem in refused.value.problems]
    assert said == [
        "no rule is called 'z'",
        "'b' is missing",
        "'c' is missing",
        "one is there twice",
    ]


async def test_a_rule_that_cannot_be_is_refused_by_field(store: Store) -> None:
    """Each mistake by its field."""
    wrong = ResponseRule(
        name="wrong",
        conditions=Conditions(
            countries=("Australia",),
            number_prefixes=("02",),
            employees_min=5,
            employees_max=4,
            origins=("fax",),
            window=TimeWindow(time_zone="Mars/Base", weekdays=(7,)),
        ),
        actions=Actions(
            owner="nobody",
            category="lukewarm",
            priority="asap",
            type="none",
            auto_response="nothing",
            round_robin="No group",
            activity=PlannedActivity(subject=" ", due_in_hours=-1),
        ),
    )
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.add(wrong))
    assert sorted(problem.field for problem in refused.value.problems) == [
        "actions.activity.due_in_hours",
        "actions.activity.subject",
        "actions.auto_response",
        "actions.category",
        "actions.owner",
        "actions.priority",
        "actions.round_robin",
        "actions.round_robin",
        "actions.type",
        "conditions.countries",
        "conditions.employees_max",
        "conditions.number_prefixes",
        "conditions.origins",
        "conditions.window.time_zone",
        "conditions.window.weekdays",
    ]
