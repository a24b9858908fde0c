"""Calls written down under rules: what each leaves, once, and what people wrote on it stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    LogTo,
    LostLeadCalls,
    ShortCalls,
    UnknownNumber,
    When,
)
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    ActivityStatus,
    BusinessHours,
    By,
    CallRecord,
    Contact,
    Lead,
    Opportunity,
    PersonAccount,
    PersonType,
    Ref,
    TrackingNumber,
    User,
)
from crm_store.sales import cases, leads, opportunities
from crm_store.store import Store
from pbx_bridge.calls.call import Call
from pbx_bridge.directory import read_directory
from pbx_bridge.ledger import absorb_call, record_call
from pbx_bridge.settling import Bookkeeping
from tests.outcomes.calls import (
    ANSWERED,
    MISSED,
    NOT_REACHED,
    REACHED,
    RINGING,
    TALKING,
    VOICEMAIL,
)

NUMBER = (phone_number("030 44400999", "DE"),)
KEY = (RINGING.pbx, RINGING.linkedid)
NOT_LOGGED = CallTypeRule(log=Logging.NOT_LOGGED)
OPEN = CallTypeRule(log=Logging.IN_PROGRESS)
USUAL = CallLoggingSettings()
CLOSED = BusinessHours(name="Never", time_zone="Europe/Berlin", weekly=())
BY_BEA = By(user="Bea", via="api")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, migrate=True) as opened:

        def make(w: Any) -> None:
            w.put_user(User(name="Bea", extensions=("1001",)))
            w.put_user(User(name="Dora"))
            w.put_tracking_number(
                TrackingNumber(
                    e164="+493055500100", raw="030 55500100", label="Poster", hours=CLOSED
                )
            )

        await opened.write(make)
        yield opened


async def tell(store: Store, call: Call, rules: CallLoggingSettings = USUAL) -> CallRecord:
    """Tell the store of a call, as the bridge does."""
    directory = await store.read(lambda r: read_directory(r, rules))
    books = Bookkeeping(directory=directory, country="DE")
    return await store.write(lambda w: record_call(w, call, None, books))


async def put(store: Store, *people: Any) -> list[Ref]:
    return [
        await store.write(lambda w, p=person: w.create(replace(p, phone_numbers=NUMBER)))
        for person in people
    ]


async def activity(store: Store) -> Activity | None:
    return await store.read(lambda r: r.activity_of(*KEY))


async def people(store: Store) -> dict[str, int]:
    def count(reader: Any) -> dict[str, int]:
        return {
            kind.value: found for kind in PersonType if (found := len(list(reader.people(kind))))
        }

    return await store.read(count)


async def test_each_call_type_leaves_what_its_rule_says(store: Store) -> None:
    """Three sets of rules: as usual, everything to do, nothing at all."""
    await put(store, Contact(name="Ada"))
    to_do = CallLoggingSettings(
        **dict.fromkeys(("outbound_answered", "outbound_unanswered"), OPEN),
        **dict.fromkeys(("inbound_answered", "missed", "voicemail"), OPEN),
    )
    nothing = CallLoggingSettings(
        **dict.fromkeys(("outbound_answered", "outbound_unanswered"), NOT_LOGGED),
        **dict.fromkeys(("inbound_answered", "missed", "voicemail"), NOT_LOGGED),
    )
    calls = (REACHED, NOT_REACHED, ANSWERED, MISSED, VOICEMAIL)
    found = {}
    for name, rules in (("usual", USUAL), ("to do", to_do), ("nothing", nothing)):
        found[name] = []
        for place, call in enumerate(calls):
            one = replace(call, linkedid=f"{name}.{place}")
            record = await tell(store, one, rules)
            made = await store.read(lambda r, o=one: r.activity_of(o.pbx, o.linkedid))
            assert (record.record is None) is (made is None)
            found[name].append(made.status.value if made else None)
    assert found == {
        "usual": ["completed", "completed", "completed", "in_progress", "in_progress"],
        "to do": ["in_progress"] * 5,
        "nothing": [None] * 5,
    }


@pytest.mark.parametrize("becomes", list(UnknownNumber))
async def test_an_unknown_number_becomes_what_the_setting_says(
    store: Store, becomes: UnknownNumber
) -> None:
    """A lead, a contact, an account, a person account, or nothing; told four times, one."""
    rules = CallLoggingSettings(unknown_inbound=becomes)
    for call in (RINGING, TALKING, ANSWERED, ANSWERED):
        await tell(store, call, rules)
    expected = {} if becomes is UnknownNumber.NOTHING else {becomes.value: 1}
    assert await people(store) == expected
    assert await activity(store) is None


async def test_the_order_of_types_is_a_setting_and_the_newest_comes_first(store: Store) -> None:
    """Four objects with one number, and a second contact that was updated later."""
    await put(
        store,
        PersonAccount(name="P"),
        Account(name="A"),
        Lead(name="L"),
        Contact(name="C1"),
        Contact(name="C2"),
    )
    await store.write(lambda w: w.change("contact", 1, {"comment": "newer"}))
    for place, first in enumerate(("contact", "lead", "account", "person_account")):
        order = (first, *(kind for kind in PersonType if kind != first))
        rules = CallLoggingSettings(look_up=tuple(PersonType(kind) for kind in order))
        record = await tell(store, replace(MISSED, linkedid=f"1.{place}"), rules)
        expected = {"contact": "C1", "lead": "L", "account": "A", "person_account": "P"}[first]
        assert record.matched is not None
        assert record.matched.name == expected


async def test_out_of_hours_a_type_may_leave_nothing(store: Store) -> None:
    """The poster's number is closed: a missed call that is for business hours leaves nothing."""
    await put(store, Contact(name="Ada"))
    rules = CallLoggingSettings(
        missed=CallTypeRule(log=Logging.IN_PROGRESS, when=When.BUSINESS_HOURS)
    )
    await tell(store, RINGING, rules)
    assert await activity(store) is not None
    await tell(store, MISSED, rules)
    assert await activity(store) is None
    await tell(store, replace(MISSED, linkedid="2.1", dialled_number="03099999"), rules)
    assert await store.read(lambda r: r.activity_of(KEY[0], "2.1")) is not None


async def test_out_of_hours_a_stranger_may_become_nothing(store: Store) -> None:
    rules = CallLoggingSettings(unknown_when=When.BUSINESS_HOURS)
    await tell(store, MISSED, rules)
    assert await people(store) == {}


@pytest.mark.parametrize(
    ("seconds", "short_calls", "expected"),
    [
        (60.0, ShortCalls.NOT_LOGGED, ActivityStatus.COMPLETED),
        (60.5, ShortCalls.NOT_LOGGED, None),
        (60.5, ShortCalls.AS_USUAL, ActivityStatus.COMPLETED),
        (60.5, ShortCalls.AS_UNANSWERED, ActivityStatus.IN_PROGRESS),
    ],
)
async def test_a_short_call_is_what_the_setting_says(
    store: Store, seconds: float, short_calls: ShortCalls, expected: ActivityStatus | None
) -> None:
    """People spoke for 60 seconds: short is less than the setting."""
    await put(store, Contact(name="Ada"))
    rules = CallLoggingSettings(short_call_seconds=seconds, short_calls=short_calls)
    await tell(store, ANSWERED, rules)
    made = await activity(store)
    assert (made.status if made else None) == expected


async def test_the_activity_belongs_to_who_took_the_call_else_to_the_default(store: Store) -> None:
    """Bea took it; nobody took it: Dora; and nobody called Gone: the contact's owner."""
    await put(store, Contact(name="Ada", owner="Bea"))
    owners = []
    for place, (call, default) in enumerate(
        ((ANSWERED, "Dora"), (MISSED, "Dora"), (MISSED, "Gone"), (MISSED, None))
    ):
        one = replace(call, linkedid=f"3.{place}")
        await tell(store, one, CallLoggingSettings(default_owner=default))
        made = await store.read(lambda r, o=one: r.activity_of(o.pbx, o.linkedid))
        owners.append(made.owner if made else None)
    assert owners == ["Bea", "Dora", "Bea", "Bea"]


async def test_a_subject_is_the_administrators(store: Store) -> None:
    """His template, with what is not known left out, and the reason for a missed call."""
    await put(store, Contact(name="Ada", account="Engines"))
    subject = "{type}: {name}[ of {account}][ for {campaign}] via {label} ({reason}) #{call_id}"
    rules = CallLoggingSettings(missed=CallTypeRule(log=Logging.IN_PROGRESS, subject=subject))
    record = await tell(store, MISSED, rules)
    made = await activity(store)
    assert made is not None
    assert made.subject == f"missed: Ada of Engines via Poster (no answer) #{record.call_id}"
    assert made.missed_reason == "no_answer"


async def test_a_change_of_rules_between_two_tellings_doubles_and_loses_nothing(
    store: Store,
) -> None:
    """A call that is over leaves what it left, whatever is told again under whatever rules."""
    await put(store, Contact(name="Ada"))
    await tell(store, RINGING)
    first = await tell(store, ANSWERED)
    before = await activity(store)
    others = (
        CallLoggingSettings(inbound_answered=NOT_LOGGED),
        CallLoggingSettings(inbound_answered=replace(OPEN, subject="Something else")),
        CallLoggingSettings(look_up=tuple(reversed(PersonType)), log_to=LogTo.CASE),
        CallLoggingSettings(default_owner="Dora", lost_lead_calls=LostLeadCalls.NEW_LEAD),
    )
    for rules in others:
        assert await tell(store, ANSWERED, rules) == first
        assert await activity(store) == before
    assert await people(store) == {"contact": 1}


async def test_what_was_not_logged_stays_so_when_it_is_told_again(store: Store) -> None:
    """Rules of today do not make tasks of last month's calls."""
    await put(store, Contact(name="Ada"))
    await tell(store, MISSED, CallLoggingSettings(missed=NOT_LOGGED))
    await tell(store, MISSED, USUAL)
    assert await activity(store) is None


async def test_rules_that_change_while_a_call_is_up_hold_for_its_end(store: Store) -> None:
    """Logged at the ring, not logged at the end: taken back, once."""
    await put(store, Contact(name="Ada"))
    await tell(store, RINGING)
    ended = await tell(store, MISSED, CallLoggingSettings(missed=NOT_LOGGED))
    assert (ended.record, await activity(store)) == (None, None)


async def test_what_people_wrote_on_an_activity_stays(store: Store) -> None:
    """Comment, result, tags, due date; and subject, owner and status that were set by hand."""
    await put(store, Contact(name="Ada", owner="Bea"))
    await tell(store, RINGING)
    due_at = RINGING.started_at + timedelta(days=1)
    written = {
        "comment": "wants a quote",
        "result": "call back",
        "tags": ("hot",),
        "due_at": due_at,
        "subject": "Quote for Ada",
        "owner": "Dora",
        "status": ActivityStatus.COMPLETED,
    }

    def write(w: Any) -> None:
        w.by = BY_BEA
        w.change("activity", 1, written)

    await store.write(write)
    await tell(store, MISSED)
    made = await activity(store)
    assert made is not None
    assert {name: getattr(made, name) for name in written} == written
    assert made.call_type == "missed"


async def test_an_activity_that_somebody_wrote_on_is_not_taken_back(store: Store) -> None:
    """Its type is not logged, but Bea has noted something: it is done instead of gone."""
    await put(store, Contact(name="Ada"))
    await tell(store, RINGING)

    def write(w: Any) -> None:
        w.by = BY_BEA
        w.change("activity", 1, {"comment": "spoke with her on my mobile"})

    await store.write(write)
    await tell(store, MISSED, CallLoggingSettings(missed=NOT_LOGGED))
    made = await activity(store)
    assert made is not None
    assert (made.status, made.comment) == ("completed", "spoke with her on my mobile")


async def test_an_activity_that_somebody_deleted_stays_deleted(store: Store) -> None:
    """The end of the call, and a journal read again, do not bring it back."""
    await put(store, Contact(name="Ada"))
    await tell(store, RINGING)
    await store.write(lambda w: w.remove("activity", 1))
    await tell(store, ANSWERED)
    await tell(store, replace(ANSWERED, talk_seconds=61.0))
    assert await activity(store) is None


@pytest.mark.parametrize("is_touched", [True, False])
async def test_an_absorbed_calls_activity_stays_where_somebody_wrote_on_it(
    store: Store, is_touched: bool
) -> None:
    """Without its call, which is a part of another now; an untouched one goes."""
    await put(store, Contact(name="Ada"))
    await tell(store, RINGING)

    def write(w: Any) -> None:
        w.by = BY_BEA
        w.change("activity", 1, {"comment": "asked for Bob"})

    if is_touched:
        await store.write(write)
    await store.write(lambda w: absorb_call(w, *KEY, "9.9"))
    left = await store.read(lambda r: list(r.find_activities()))
    expected = [("asked for Bob", None)] if is_touched else []
    assert [(one.comment, one.call) for one in left] == expected


async def test_calls_say_in_the_history_that_they_are_calls(store: Store) -> None:
    await put(store, Contact(name="Ada"))
    await tell(store, RINGING)
    await tell(store, ANSWERED)
    entries = await store.read(lambda r: list(r.history_of("activity", 1)))
    assert [(entry.via, entry.action) for entry in entries] == [
        ("call", "created"),
        ("call", "updated"),
    ]


async def test_a_contacts_calls_hang_on_his_newest_open_case(store: Store) -> None:
    """The newest that is open, also when another is opened during the call."""
    (ada,) = await put(store, Contact(name="Ada"))
    for subject in ("old", "new"):
        await store.write(lambda w, s=subject: cases.open_case(w, ada.id, s))
    rules = CallLoggingSettings(log_to=LogTo.CASE, create_case=True)
    await tell(store, RINGING, rules)
    await store.write(lambda w: cases.open_case(w, ada.id, "opened during the call"))
    await tell(store, ANSWERED, rules)
    made = await activity(store)
    assert made is not None
    assert made.case_id == 2
    assert await store.read(lambda r: len(cases.cases_of(r, ada.id))) == 3


async def test_a_case_is_opened_when_none_is_once_the_call_is_over(store: Store) -> None:
    """One case, however often the call is told; none for a lead."""
    (ada,) = await put(store, Contact(name="Ada"))
    rules = CallLoggingSettings(log_to=LogTo.CASE, create_case=True)
    await tell(store, RINGING, rules)
    assert await store.read(lambda r: cases.cases_of(r, ada.id)) == []
    for _ in range(2):
        await tell(store, MISSED, rules)
    (case,) = await store.read(lambda r: cases.cases_of(r, ada.id))
    made = await activity(store)
    assert made is not None
    assert (made.case_id, case.first_call, case.subject) == (case.id, KEY, made.subject)


@pytest.mark.parametrize("person", [Lead(name="L"), Account(name="A"), PersonAccount(name="P")])
async def test_only_contacts_have_cases(store: Store, person: Any) -> None:
    await put(store, person)
    await tell(store, MISSED, CallLoggingSettings(log_to=LogTo.CASE, create_case=True))
    made = await activity(store)
    assert made is not None
    assert made.case_id is None
    assert await store.read(lambda r: list(r.all_of("case"))) == []


async def test_a_contacts_calls_hang_on_his_newest_open_opportunity(store: Store) -> None:
    """A won one is not open; without an open one the activity hangs on the contact alone."""
    (ada,) = await put(store, Contact(name="Ada"))
    rules = CallLoggingSettings(log_to=LogTo.OPPORTUNITY)
    for name in ("open", "won"):
        await store.write(lambda w, n=name: w.add(Opportunity(name=n, contact_id=ada.id)))
    await store.write(lambda w: opportunities.win(w, 2))
    await tell(store, ANSWERED, rules)
    await store.write(lambda w: opportunities.win(w, 1))
    await tell(store, replace(ANSWERED, linkedid="2.2"), rules)
    found = await store.read(lambda r: [one.opportunity_id for one in r.find_activities()])
    assert found == [1, None]


@pytest.mark.parametrize("setting", list(LostLeadCalls))
async def test_a_lost_lead_that_calls_again(store: Store, setting: LostLeadCalls) -> None:
    """An activity on it; that and it is open again; or a new lead, once."""
    await put(store, Lead(name="Lost"))
    await store.write(lambda w: leads.lose(w, 1, "price"))
    rules = CallLoggingSettings(lost_lead_calls=setting)
    for call in (RINGING, MISSED, MISSED):
        await tell(store, call, rules)
    states = [one.state for one in await store.read(lambda r: list(r.find_leads()))]
    made = await activity(store)
    assert (states, made is not None) == {
        LostLeadCalls.ACTIVITY: (["lost"], True),
        LostLeadCalls.REOPEN: (["new"], True),
        LostLeadCalls.NEW_LEAD: (["lost", "new"], False),
    }[setting]


async def test_a_lead_lost_again_is_not_reopened_by_an_old_call(store: Store) -> None:
    await put(store, Lead(name="Lost"))
    await store.write(lambda w: leads.lose(w, 1, "price"))
    rules = CallLoggingSettings(lost_lead_calls=LostLeadCalls.REOPEN)
    await tell(store, RINGING, rules)
    await store.write(lambda w: leads.lose(w, 1, "price"))
    for _ in range(2):
        await tell(store, MISSED, rules)
    (lead,) = await store.read(lambda r: list(r.find_leads()))
    assert lead.state == "lost"


async def test_a_converted_leads_call_is_about_the_contact(store: Store) -> None:
    """Also where leads come first, and while only the lead has the number."""
    (lead,) = await put(store, Lead(name="Ada"))
    contact = await store.write(lambda w: w.create(Contact(name="Ada", account="Engines")))
    won = {"state": "won", "status": "converted", "contact_id": contact.id}
    await store.write(lambda w: w.change("lead", lead.id, won, is_checked=False))
    rules = CallLoggingSettings(look_up=(PersonType.LEAD, *(k for k in PersonType if k != "lead")))
    record = await tell(store, MISSED, rules)
    assert record.matched is not None
    assert (record.matched.type, record.matched.id) == ("contact", contact.id)


async def test_a_won_lead_whose_contact_is_gone_has_the_activity(store: Store) -> None:
    """It is all that is left on file: nothing new is made, and nothing is reopened."""
    (lead,) = await put(store, Lead(name="Ada"))
    won = {"state": "won", "status": "converted", "contact_id": 99}
    await store.write(lambda w: w.change("lead", lead.id, won, is_checked=False))
    record = await tell(store, MISSED)
    assert record.matched is not None
    assert (record.matched.type, record.matched.id) == ("lead", lead.id)


async def test_the_agent_and_the_campaign_of_an_old_call_do_not_change(store: Store) -> None:
    """Extension 1001 is Dora's by now, and the number's label another one."""
    first = await tell(store, ANSWERED)

    def change(w: Any) -> None:
        w.put_user(User(name="Dora", extensions=("1001",)))
        w.change("tracking_number", "+493055500100", {"label": "Radio"})

    await store.write(change)
    assert await tell(store, ANSWERED) == first
