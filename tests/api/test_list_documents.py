"""A page made straight of rows says what the same page, made of records, says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec

from crm_store.access.visibility import visible_to
from crm_store.kinds import KINDS
from crm_store.records import (
    Account,
    Activity,
    BusinessHours,
    CallRecord,
    Campaign,
    Case,
    Contact,
    Direction,
    EmailTemplate,
    Estimate,
    Lead,
    Matched,
    NumberPool,
    OpenInterval,
    Opportunity,
    PersonAccount,
    PersonType,
    PhoneNumber,
    Product,
    ProductInterest,
    Recording,
    ResponseRule,
    TrackingNumber,
    WebForm,
    WebHook,
)
from crm_store.search.finding import Question, find, find_documents
from crm_store.store import Store
from pbx_bridge.web.api.answers import document
from pbx_bridge.web.api.calculated import CALCULATED

AT = datetime(2026, 11, 28, 9, 30, 0, 120, tzinfo=UTC)
MOBILE = PhoneNumber(raw="0491 570 006", e164="+61491570006", label="mobile")
DESK = PhoneNumber(raw="desk", e164=None)


def fill(w: Any) -> None:
    """One plain and one full record of every kind."""
    sound = Recording(path="a.wav", url="https://x/a.wav", started_at=AT, seconds=1.5)
    call = CallRecord(
        pbx="lab",
        linkedid="1.1",
        call_id="7K4Q2M",
        direction=Direction.INBOUND,
        caller_number="0491570006",
        dialled_number="1",
        started_at=AT,
        recordings=(sound,),
    )
    w.put_call(call)
    hours = BusinessHours(
        name="office",
        time_zone="Australia/Sydney",
        weekly=(OpenInterval(weekday=0, opens=time(9), closes=time(17, 30)),),
        closed_on=frozenset({date(2026, 12, 31), date(2026, 12, 24)}),
    )
    called = ("lab", "1.1")
    for one in (
        Campaign(name="Trams", starts_on=date(2026, 1, 2)),
        Product(name="Loom"),
        hours,
        TrackingNumber(e164="+61299990001", raw="9999 0001", label="Poster", hours=hours),
        TrackingNumber(e164="+61299990002", raw="9999 0002", label="Tram"),
        EmailTemplate(name="hello", subject="Hello", text="Hello"),
        WebForm(name="ask", title="Ask", fields=()),
        NumberPool(name="site", numbers=("+61299990002",)),
        ResponseRule(name="all"),
        WebHook(url="https://example.com/x", events=("call.ended",)),
        Account(name="Acme", phone_numbers=(DESK, MOBILE), employees=7, first_call=called),
        Contact(name="Ada", phone_numbers=(MOBILE, DESK), account_id=1, owner="ann"),
        Contact(name='Zoë "Z" 💥', owner_group="South", created_at=AT.replace(microsecond=0)),
        PersonAccount(name="Bo", phone_numbers=(MOBILE,), campaign="Trams"),
        Lead(
            name="Lea",
            first_call=called,
            target_amount=Decimal("10.50"),
            team=("ann",),
            products=(ProductInterest(product="Loom"),),
            estimate=Estimate(value=3),
            attributes={"a": [1, "ü"]},
            started_at=AT,
        ),
        Case(subject="Broken", contact_id=1, first_call=called),
        Opportunity(name="Big", contact_id=1, amount=Decimal("0.1234")),
        Activity(
            subject="Call",
            about=Matched(type=PersonType.CONTACT, id=1, name="Ada"),
            call=called,
            tags=("hot",),
            due_at=AT,
        ),
        Activity(subject="Plain"),
    ):
        w.add(one, is_checked=False)


async def test_a_page_of_documents_says_what_a_page_of_records_says(served_store: Store) -> None:
    """To the byte, for every kind, on both engines, for a manager and for agents."""
    await served_store.write(fill)
    for of_records, of_rows in await served_store.read(lambda r: list(_both(r))):
        assert of_rows == of_records


def _both(r: Any) -> Iterator[tuple[bytes, bytes]]:
    """The first page and the ones behind it, each made in both ways."""
    for kind in KINDS.values():
        if kind.record in CALCULATED:
            continue  # its answers are made of records
        for user, sort in product(("mia", "ann", "sue"), (None, f"-{kind.key}")):
            seen, cursor = visible_to(kind.name, r.get("user", user)), None
            for limit in (1, 50):
                question = Question(
                    kind=kind.name, sort=sort, limit=limit, cursor=cursor, total=True
                )
                pages = [ask(r, question, seen=seen) for ask in (find, find_documents)]
                cursor = pages[0].next
                yield tuple(msgspec.json.encode(document(page)) for page in pages)  # type: ignore[misc]


async def test_a_statement_is_made_once_for_each_shape_of_a_question(served_store: Store) -> None:
    """Other values, other pages and other users find their own rows by the same statement."""
    await served_store.write(fill)

    def names(r: Any, user: str = "mia", **wanted: Any) -> list[str]:
        seen = visible_to("contact", r.get("user", user))
        page = find_documents(r, Question(kind="contact", **wanted), seen=seen)
        return [one["name"] for one in page.items]

    def ask(r: Any) -> list[list[str]]:
        return [
            names(r, conditions={"owner": "ann"}),
            names(r, conditions={"owner": "mia"}),
            names(r, conditions={"id[gte]": "2"}),
            names(r, conditions={"id[gte]": "1"}),
            names(r, user="ann"),
            names(r, user="sue"),
            names(r, limit=1),
            names(r, conditions={"owner[ne]": "ann", "name[in]": "Ada,Bo"}),
        ]

    zoe = 'Zoë "Z" 💥'
    expected = [["Ada"], [], [zoe], ["Ada", zoe], ["Ada"], ["Ada", zoe], ["Ada"], []]
    assert await served_store.read(ask) == expected
    assert await served_store.read(ask) == expected
