"""The words of the lead desk: what cannot be is refused by its key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crm_store.checking.attributes import Attribute, AttributeKind
from crm_store.errors import InvalidRecord, Problem, VersionConflict
from crm_store.records import Lead, LeadState
from crm_store.sales.lead_settings import LeadSettings, LeadType, Status
from crm_store.store import Store

USUAL = LeadSettings()


def typed(**attribute: Any) -> LeadSettings:
    return LeadSettings(types=(LeadType(name="car", attributes=(Attribute(**attribute),)),))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            replace(USUAL, statuses=(*USUAL.statuses, Status(name="New", state=LeadState.LOST))),
            Problem("statuses", "'New' is there twice"),
        ),
        (
            replace(USUAL, statuses=(*USUAL.statuses, Status(name=" x", state=LeadState.LOST))),
            Problem("statuses", "' x' is empty, or begins or ends with a space"),
        ),
        (
            replace(USUAL, on_start="won"),
            Problem("on_start", "'won' belongs to 'won'; a status of 'in_progress' is needed"),
        ),
        (
            replace(USUAL, on_lose="gone"),
            Problem("on_lose", "'gone' is no status; a status of 'lost' is needed"),
        ),
        (
            replace(USUAL, on_convert="won"),
            Problem("on_convert", "has to differ from on_win: it tells converted leads"),
        ),
        (replace(USUAL, sources=("web", "Web")), Problem("sources", "'Web' is there twice")),
        (
            replace(USUAL, currencies=("euro",), default_currency="euro"),
            Problem("currencies", "'euro' is no currency of ISO 4217"),
        ),
        (
            replace(USUAL, default_currency="DM"),
            Problem("default_currency", "'DM' is no currency of ISO 4217"),
        ),
        (
            replace(USUAL, currencies=("AUD",)),
            Problem("default_currency", "'EUR' is not in currencies"),
        ),
        (
            LeadSettings(types=(LeadType(name="car"), LeadType(name="car"))),
            Problem("types", "'car' is there twice"),
        ),
        (
            typed(name="colour", kind=AttributeKind.CHOICE),
            Problem("types.0.attributes.0.choices", "are needed by a choice, and by nothing else"),
        ),
        (
            typed(name="doors", kind=AttributeKind.NUMBER, default="four"),
            Problem("types.0.attributes.0.default", "has to be a number"),
        ),
        (
            typed(name=""),
            Problem("types.0.attributes.0.name", "is empty, or begins or ends with a space"),
        ),
    ],
    ids=lambda value: value.field if isinstance(value, Problem) else "",
)
async def test_settings_that_cannot_be_are_refused(
    store: Store, settings: LeadSettings, problem: Problem
) -> None:
    """By the key, and nothing is written."""
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.put_settings(settings))
    assert problem in refused.value.problems
    assert await store.read(lambda r: r.settings_with_version(LeadSettings)) == (LeadSettings(), 0)


async def test_a_state_without_a_status_is_refused(store: Store) -> None:
    """And so is every key that needs one."""
    kept = tuple(each for each in USUAL.statuses if each.state is not LeadState.LOST)
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.put_settings(replace(USUAL, statuses=kept)))
    assert refused.value.problems == (
        Problem("statuses", "no status belongs to the state 'lost'"),
        Problem("on_lose", "'lost' is no status; a status of 'lost' is needed"),
        Problem("on_disqualify", "'disqualified' is no status; a status of 'lost' is needed"),
    )


async def test_settings_come_back_as_they_were_written(store: Store) -> None:
    """With attributes of every kind; the second of two administrators is told."""
    settings = LeadSettings(
        types=(
            LeadType(
                name="car",
                attributes=(
                    Attribute(name="colour", kind=AttributeKind.CHOICE, choices=("red",)),
                    Attribute(name="doors", kind=AttributeKind.NUMBER, default=4),
                    Attribute(name="is_new", kind=AttributeKind.YES_NO, default=True),
                ),
            ),
        ),
    )
    assert await store.write(lambda w: w.put_settings(settings, version=0)) == 1
    assert await store.read(lambda r: r.settings_with_version(LeadSettings)) == (settings, 1)
    with pytest.raises(VersionConflict):
        await store.write(lambda w: w.put_settings(USUAL, version=0))


async def test_a_status_that_has_leads_keeps_its_state(store: Store) -> None:
    """Its leads would be in a state that nothing has decided; one without leads may move."""
    await store.write(lambda w: w.add(Lead(name="Ada", status="qualified")))

    def moved(name: str) -> LeadSettings:
        statuses = tuple(
            replace(each, state=LeadState.NEW) if each.name == name else each
            for each in USUAL.statuses
        )
        return replace(USUAL, statuses=statuses, on_start="qualified", on_qualify="qualified")

    await store.write(lambda w: w.put_settings(moved("contacted")))
    still = replace(moved("qualified"), on_start="contacted", on_qualify="contacted")
    await store.write(lambda w: w.put_settings(USUAL))
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.put_settings(still))
    assert refused.value.problems == (
        Problem("statuses", "'qualified' has leads, and cannot go to another state"),
    )


async def test_the_default_group_is_there(store: Store) -> None:
    """A lead of nobody would else be refused, or lost."""
    with pytest.raises(InvalidRecord, match="default_group: no group is called 'Rest'"):
        await store.write(lambda w: w.put_settings(LeadSettings(default_group="Rest")))
