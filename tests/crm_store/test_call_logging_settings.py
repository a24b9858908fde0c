"""The settings of call logging: templates, problems by key, and who is found in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.call_logging import SUBJECTS, CallLoggingSettings, CallTypeRule, Logging, LogTo
from crm_store.callers import find_caller
from crm_store.errors import InvalidRecord
from crm_store.numbers import phone_number
from crm_store.records import Account, Contact, Lead, PersonAccount, PersonType, User
from crm_store.sales import leads
from crm_store.store import Store
from crm_store.subject_templates import SUBJECT_FIELDS, parse_subject

ADA = "+61491570006"
NUMBER = (phone_number(ADA),)


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("Call {name} back", {"name": "Ada"}, "Call Ada back"),
        ("Call[ of {name}][ ({reason})]", {"name": "Ada"}, "Call of Ada"),
        ("Call[ of {name} on {label}]", {"name": "Ada"}, "Call"),
        ("{name}{name}", {}, ""),
        ("[no field] stays", {}, "no field stays"),
        ("", {"name": "Ada"}, ""),
    ],
)
def test_a_template_says_what_is_known(template: str, values: Any, expected: str) -> None:
    """What stands in brackets goes when a field in it is empty."""
    assert parse_subject(template).fill(values) == expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{nmae}", "has the unknown field {nmae}; known are: {direction}, "),
        ("{}", "has the unknown field {}"),
        ("{name", "has a brace without its partner"),
        ("name}", "has a brace without its partner"),
        ("[a", "has a bracket without its partner"),
        ("a]", "has a bracket without its partner"),
        ("[a[b]]", "has a bracket without its partner, or one within another"),
        ("x" * 501, "is longer than 500 characters"),
    ],
)
def test_a_template_that_cannot_be_says_why(template: str, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.translate({ord(c): "\\" + c for c in "{}"})):
        parse_subject(template)


@given(st.text(alphabet="ab {}[]name", max_size=30))
def test_any_text_is_a_template_or_is_refused(text: str) -> None:
    """Never another error; and a template never writes a brace or a bracket."""
    try:
        parsed = parse_subject(text)
    except ValueError:
        return
    assert not set(parsed.fill(dict.fromkeys(SUBJECT_FIELDS, "x"))) & set("{}[]")


def test_the_usual_subjects_are_templates() -> None:
    assert all(parse_subject(template).fields for template in SUBJECTS.values())


async def test_settings_that_cannot_be_are_refused_by_key(store: Store) -> None:
    """All of them at once; nothing is written."""
    await store.write(lambda w: w.add(User(name="Gone", is_active=False)))
    wrong = CallLoggingSettings(
        missed=CallTypeRule(log=Logging.COMPLETED, subject="{x}"),
        look_up=(PersonType.LEAD,),
        default_owner="Gone",
        short_call_seconds=4000.0,
        create_case=True,
        log_to=LogTo.OPPORTUNITY,
    )
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.put_settings(wrong))
    assert [problem.field for problem in refused.value.problems] == [
        "missed.subject",
        "look_up",
        "short_call_seconds",
        "create_case",
        "default_owner",
    ]
    assert await store.read(lambda r: r.settings(CallLoggingSettings)) == CallLoggingSettings()


async def test_settings_come_back_as_they_were_written(store: Store) -> None:
    written = CallLoggingSettings(
        missed=CallTypeRule(log=Logging.COMPLETED, subject="{name}"),
        look_up=tuple(reversed(PersonType)),
    )
    await store.write(lambda w: w.put_settings(written))
    assert await store.read(lambda r: r.settings(CallLoggingSettings)) == written


async def test_candidates_come_in_the_order_that_is_asked_for(store: Store, clock: Any) -> None:
    """Types as asked, the newest first within one; the lists stay."""
    for place, person in enumerate(
        (Contact(name="C1"), Contact(name="C2"), Lead(name="L"), Account(name="A"))
    ):
        at = clock.now - timedelta(days=place)
        one = replace(person, phone_numbers=NUMBER, updated_at=at)
        await store.write(lambda w, o=one: w.create(o))
    await store.write(lambda w: w.create(PersonAccount(name="P", phone_numbers=NUMBER)))
    await store.write(lambda w: w.list_number(ADA, "vip"))

    async def names(*order: str) -> list[str]:
        kinds = tuple(PersonType(kind) for kind in order)
        found = await store.read(lambda r: find_caller(r, ADA, kinds))
        assert found.facts.lists == {"vip"}
        return [one.name for one in found.facts.candidates]

    assert await names(*PersonType) == ["C1", "C2", "L", "A", "P"]
    assert await names("person_account", "account", "lead", "contact") == [
        "P", "A", "L", "C1", "C2",
    ]  # fmt: skip
    assert await names("lead") == ["L", "C1", "C2", "A", "P"]


async def test_a_converted_lead_stands_for_the_contact_it_became(store: Store) -> None:
    """Once, though both have the number; with his company and his owner's phone."""

    def make(w: Any) -> None:
        w.put_user(User(name="Tom", extensions=("101",)))
        w.create(Contact(name="Ada", account="Engines", owner="Tom"))
        w.create(Lead(name="Ada", phone_numbers=NUMBER))
        won = {"state": "won", "status": "converted", "contact_id": 1}
        w.change("lead", 1, won, is_checked=False)

    await store.write(make)
    (only,) = (await store.read(lambda r: find_caller(r, ADA))).facts.candidates
    expected = (PersonType.CONTACT, 1, "Ada", "Engines", "Tom", "101")
    found = only.type, only.id, only.name, only.account_name, only.owner_name, only.owner_extension
    assert found == expected
    await store.write(lambda w: w.add_phone_number(only.ref, NUMBER[0]))
    again = (await store.read(lambda r: find_caller(r, ADA))).facts.candidates
    assert [(one.type, one.id) for one in again] == [(PersonType.CONTACT, 1)]


async def test_lost_leads_are_told_apart(store: Store) -> None:
    """They are found; who asks for callers without them finds the others."""
    for name in ("lost", "open"):
        await store.write(lambda w, n=name: w.create(Lead(name=n, phone_numbers=NUMBER)))
    await store.write(lambda w: leads.lose(w, 1, "price"))
    found = await store.read(lambda r: find_caller(r, ADA))
    assert found.lost_leads == {1}
    assert {one.name for one in found.facts.candidates} == {"lost", "open"}
    assert [one.name for one in found.without_lost_leads.candidates] == ["open"]
