"""A lead is converted while he is on the line: what the call leaves hangs on the contact."""

from __future__ import annotations

from dataclasses import replace

from crm_store.call_logging import CallLoggingSettings
from crm_store.numbers import phone_number
from crm_store.records import ActivityStatus, Lead, Matched, PersonType, Ref
from crm_store.sales.conversion import convert
from crm_store.store import Store
from pbx_bridge.calls.call import Call
from pbx_bridge.directory import read_directory
from pbx_bridge.ledger import record_call
from pbx_bridge.settling import Bookkeeping
from tests.outcomes.calls import ANSWERED, RINGING, TALKING

CONTACT = Matched(type=PersonType.CONTACT, id=1, name="Ada")


async def tell(store: Store, call: Call) -> None:
    directory = await store.read(lambda r: read_directory(r, CallLoggingSettings()))
    books = Bookkeeping(directory=directory, country="DE")
    await store.write(lambda w: record_call(w, call, None, books))


async def test_the_call_of_a_lead_ends_as_the_contacts(store_url: str) -> None:
    """Its one activity is about the contact, and is completed at the end."""
    number = (phone_number("030 44400999", "DE"),)
    async with Store.open(store_url, migrate=True) as store:
        lead = Lead(name="Ada", company="Engines", phone_numbers=number)
        ref = await store.write(lambda w: w.create(lead))
        await tell(store, RINGING)
        await tell(store, TALKING)
        await store.write(lambda w: convert(w, ref.id))
        await tell(store, ANSWERED)
        (call,) = await store.read(lambda r: list(r.find_calls()))
        (activity,) = await store.read(lambda r: list(r.find_activities()))
        assert call.matched == CONTACT
        assert (activity.about, activity.status) == (CONTACT, ActivityStatus.COMPLETED)


async def test_the_call_of_a_stranger_goes_along_and_the_next_is_the_contacts(
    store_url: str,
) -> None:
    """What the first call became is still its lead; whoever calls again is the contact."""
    async with Store.open(store_url, migrate=True) as store:
        await tell(store, RINGING)
        (lead,) = await store.read(lambda r: list(r.find_leads()))
        named = {"name": "Ada", "company": "Engines"}
        await store.write(lambda w: w.change("lead", lead.id, named))
        await store.write(lambda w: convert(w, lead.id or 0))
        await tell(store, ANSWERED)
        await tell(store, replace(ANSWERED, linkedid="2.1"))
        first, second = await store.read(lambda r: list(r.find_calls()))
        (activity,) = await store.read(lambda r: list(r.find_activities()))
        assert (first.matched, first.record) == (CONTACT, Ref(type="lead", id=lead.id or 0))
        assert (second.matched, activity.about) == (CONTACT, CONTACT)
