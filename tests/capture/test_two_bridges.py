"""Two bridges on one PostgreSQL, at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from capture_clock import Clock
from capture_company import ADA, NUMBERS, write_company

from crm_store.capture.form_tokens import make_form_key, sign
from crm_store.capture.responses import respond_to
from crm_store.capture.visitors import show_number
from crm_store.capture.web_forms import Sent, submit
from crm_store.messages import mail
from crm_store.records import Actions, Lead, ResponseRule, Visit
from crm_store.store import Store


async def test_two_bridges_give_no_number_twice(postgres_url: str) -> None:
    """Three visitors, three numbers, whichever bridge they ask; the fourth is told he shares."""
    clock = Clock()
    async with (
        Store.open(postgres_url, migrate=True, clock=clock) as one,
        Store.open(postgres_url, migrate=True, clock=clock) as other,
    ):
        await one.write(write_company)
        for _ in range(5):
            clock.advance(days=1)
            visitors = [
                (bridge, Visit(source="news", session=f"{bridge is one} {name}"))
                for name in "abc"
                for bridge in (one, other)
            ][:4]
            shown = await asyncio.gather(
                *(b.write(lambda w, v=v: show_number(w, "website", v)) for b, v in visitors)
            )
            assert {each.number for each in shown} == set(NUMBERS)
            assert sorted(each.is_shared for each in shown) == [False] * 3 + [True]


async def test_a_double_click_through_two_bridges_makes_one_lead(postgres_url: str) -> None:
    """A balancer may send the second click to the other one."""
    clock = Clock()
    async with (
        Store.open(postgres_url, migrate=True, clock=clock) as one,
        Store.open(postgres_url, migrate=True, clock=clock) as other,
    ):
        await one.write(write_company)
        token = sign(await one.write(make_form_key), "contact-me", clock.now)
        clock.advance(seconds=10)
        sent = Sent(values=ADA, token=token)
        again = replace(
            sent,
            token=sign(
                await other.write(make_form_key),
                "contact-me",
                datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC),
            ),
        )
        found = await asyncio.gather(
            *(
                b.write(lambda w, s=s: submit(w, "contact-me", s))
                for s in (sent, sent, again)
                for b in (one, other)
            )
        )
        leads = await one.read(lambda r: list(r.find_leads()))
        mails = await one.read(mail.find_emails)
        activities = await one.read(lambda r: list(r.find_activities()))
    assert len({each.id for each in found}) == 2
    assert (len(leads), len(activities)) == (1, 1)
    assert len(mails) == 2


async def test_two_bridges_give_users_their_turns(postgres_url: str) -> None:
    """Of eight leads that come at once each of two users gets four."""
    rule = ResponseRule(name="all", actions=Actions(round_robin="Sales"))

    def capture(writer: Any) -> str | None:
        ref = writer.create(Lead(name="x"))
        respond_to(writer, ref.id)
        owner: str | None = writer.need("lead", ref.id).owner
        return owner

    async with (
        Store.open(postgres_url, migrate=True) as one,
        Store.open(postgres_url, migrate=True) as other,
    ):
        await one.write(write_company)
        await one.write(lambda w: w.add(rule))
        owners = await asyncio.gather(*(b.write(capture) for b in (one, other) * 4))
    assert sorted(map(str, owners)) == ["alice"] * 4 + ["bob"] * 4
