"""Who calls: those on file under a number, in the administrator's order, as they are now.

A lead that was converted stands for the contact (or the account) that it became: his calls are
about them, also while they have other numbers. Where those are gone, the lead is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from crm_store.call_logging import USUAL_ORDER
from crm_store.engines.prepared import Prepared
from crm_store.reader import Reader
from crm_store.records import (
    NOBODY,
    CallerFacts,
    Candidate,
    Lead,
    LeadState,
    Matched,
    Person,
    PersonType,
)
from crm_store.tables import leads

_DECIDED = sa.select(leads.c.id, leads.c.state, leads.c.contact_id, leads.c.account_id).where(
    leads.c.state.in_(
        [sa.literal_column(f"'{state}'") for state in (LeadState.WON, LeadState.LOST)]
    )
)
_ONE = Prepared(lambda _: _DECIDED.where(leads.c.id == sa.bindparam("lead_id")))
_RANK = {kind: place for place, kind in enumerate(USUAL_ORDER)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What is on file about a number. ``lost_leads`` are those among the candidates."""

    facts: CallerFacts = NOBODY
    lost_leads: frozenset[int] = frozenset()

    @property
    def without_lost_leads(self) -> CallerFacts:
        """The same as if nobody had ever lost a lead of this number."""
        if not self.lost_leads:
            return self.facts
        kept = (
            each
            for each in self.facts.candidates
            if each.type is not PersonType.LEAD or each.id not in self.lost_leads
        )
        return replace(self.facts, candidates=tuple(kept))


def find_caller(
    reader: Reader, e164: str | None, order: Sequence[PersonType] = USUAL_ORDER
) -> Caller:
    """Who is on file under exactly this number, best first by ``order``, and its lists.

    Within a type the most recently updated comes first. Costs one question to the store, and one
    more where leads are among them.
    """
    facts = reader.look_up(e164)
    if not facts.candidates:
        return Caller(facts=facts)
    found, lost = _follow_leads(reader, facts.candidates)
    rank = {kind: place for place, kind in enumerate(order)}
    found = sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)
    found.sort(key=lambda each: rank.get(each.type, len(rank) + _RANK[each.type]))
    return Caller(facts=replace(facts, candidates=tuple(found)), lost_leads=lost)


def as_it_is_now(reader: Reader, matched: Matched) -> Matched | None:
    """Whom a call is put down to, followed through a conversion; None when he is gone."""
    person = reader.get(matched.type, matched.id)
    if person is None:
        return None
    if isinstance(person, Lead) and person.state is LeadState.WON:
        became = _became(reader, person.contact_id, person.account_id)
        if became is not None:
            return Matched(type=became.type, id=became.id, name=became.name)
    return matched


def _follow_leads(
    reader: Reader, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], frozenset[int]]:
    """The candidates with each converted lead as what it became, and which leads are lost."""
    ids = [each.id for each in candidates if each.type is PersonType.LEAD]
    if not ids:
        return list(candidates), frozenset()
    won: dict[int, Candidate | None] = {}
    lost = set()
    for lead_id, state, contact_id, account_id in _decided(reader, ids):
        if state == LeadState.LOST:
            lost.add(lead_id)
        else:
            won[lead_id] = _became(reader, contact_id, account_id)
    found: dict[tuple[PersonType, int], Candidate] = {}
    for each in candidates:
        now = (won.get(each.id) or each) if each.type is PersonType.LEAD else each
        found.setdefault((now.type, now.id), now)
    return list(found.values()), frozenset(lost)


def _decided(reader: Reader, ids: Sequence[int]) -> Iterable[Any]:
    """Those of these leads that are won or lost: id, state, contact_id, account_id."""
    if len(ids) == 1:
        return cast(list[Any], _ONE.run(reader._connection, {"lead_id": ids[0]}).fetchall())
    return reader._connection.execute(_DECIDED.where(leads.c.id.in_(ids)))


def _became(reader: Reader, contact_id: int | None, account_id: int | None) -> Candidate | None:
    for kind, key in ((PersonType.CONTACT, contact_id), (PersonType.ACCOUNT, account_id)):
        person = reader.get(kind, key) if key is not None else None
        if person is not None:
            return _candidate(reader, kind, person)
    return None


def _candidate(reader: Reader, kind: PersonType, person: Person) -> Candidate:
    owner = reader.get("user", person.owner) if person.owner is not None else None
    extensions = owner.extensions if owner is not None and owner.is_active else ()
    return Candidate(
        type=kind,
        id=person.id or 0,
        name=person.name,
        account_name=getattr(person, "account", None),
        owner_name=person.owner,
        owner_extension=next(iter(extensions), None),
        updated_at=person.updated_at,  # type: ignore[arg-type]  # a stored one has it
    )
