"""The words of the lead desk and of sales, as an administrator sets them without a restart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from crm_store.checking.attributes import Attribute, attribute_problems
from crm_store.checking.currencies import CURRENCIES
from crm_store.errors import Problem
from crm_store.records import LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a lead can be at, within one state of its life."""

    name: str
    state: LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadType:
    """A sort of lead, and the attributes that such leads have."""

    name: str
    attributes: tuple[Attribute, ...] = ()


class OwnedBy(StrEnum):
    """Which group owns a lead that was made for no group.

    ``area`` falls back to the user's group where no group's area fits, ``user`` never asks.
    """

    USER = "user"
    AREA = "area"


def _statuses(**of_states: str) -> tuple[Status, ...]:
    return tuple(
        Status(name=name, state=LeadState(state))
        for state, names in of_states.items()
        for name in names.split()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSettings:
    """Statuses, types and lists of words. An empty list of words allows any word.

    ``on_start`` … ``on_disqualify`` are the statuses that the actions lead to, and ``first`` the
    one of a new lead.
    """

    name: ClassVar[str] = "leads"

    statuses: tuple[Status, ...] = _statuses(
        new="new",
        in_progress="contacted qualified",
        won="won converted",
        lost="lost disqualified",
    )
    first: str = "new"
    on_start: str = "contacted"
    on_qualify: str = "qualified"
    on_win: str = "won"
    on_convert: str = "converted"
    on_lose: str = "lost"
    on_disqualify: str = "disqualified"
    types: tuple[LeadType, ...] = ()
    categories: tuple[str, ...] = ("hot", "warm", "cold")
    priorities: tuple[str, ...] = ("low", "normal", "high", "urgent")
    importance_levels: tuple[str, ...] = ("low", "medium", "high")
    sources: tuple[str, ...] = (
        *("phone", "web", "referral", "search", "social", "e-mail", "partner", "event"),
        *("advertisement", "offline", "other"),
    )
    lost_reasons: tuple[str, ...] = (
        *("price", "competitor", "no budget", "no need", "no answer", "not a fit"),
        *("wrong number", "spam", "other"),
    )
    currencies: tuple[str, ...] = ()
    """ISO 4217; empty for every currency there is."""
    default_currency: str = "EUR"
    call_results: tuple[str, ...] = (
        *("reached", "left message", "no answer", "busy", "call back", "wrong number"),
        *("not interested", "other"),
    )
    opportunity_stages: tuple[str, ...] = (
        *("prospecting", "qualification", "proposal", "negotiation", "closing"),
    )
    case_priorities: tuple[str, ...] = ("low", "normal", "high", "urgent")
    owned_by: OwnedBy = OwnedBy.USER
    default_group: str | None = None
    """Owns what neither an area nor a user's group decides."""

    def state_of(self, status: str) -> LeadState | None:
        """The state that a status belongs to; None for a status that is not configured."""
        return next((each.state for each in self.statuses if each.name == status), None)

    def statuses_of(self, state: LeadState) -> tuple[str, ...]:
        """The statuses of a state, in their order."""
        return tuple(each.name for each in self.statuses if each.state is state)

    def type_named(self, name: str | None) -> LeadType | None:
        """The lead type of that name."""
        return next((each for each in self.types if each.name == name), None)

    def problems(self) -> list[Problem]:
        """What keeps these settings from being used, each by its key."""
        return [*self._of_statuses(), *self._of_types(), *self._of_lists()]

    def _of_statuses(self) -> Iterator[Problem]:
        yield from _unfit_names("statuses", [each.name for each in self.statuses])
        for state in LeadState:
            if not self.statuses_of(state):
                yield Problem("statuses", f"no status belongs to the state {state.value!r}")
        for key, state in _LEADS_TO.items():
            status = getattr(self, key)
            if self.state_of(status) is not state:
                there = self.state_of(status)
                why = "is no status" if there is None else f"belongs to {there.value!r}"
                yield Problem(key, f"{status!r} {why}; a status of {state.value!r} is needed")
        if self.on_convert == self.on_win:
            yield Problem("on_convert", "has to differ from on_win: it tells converted leads")

    def _of_types(self) -> Iterator[Problem]:
        yield from _unfit_names("types", [each.name for each in self.types])
        for number, each in enumerate(self.types):
            yield from attribute_problems(f"types.{number}.attributes", each.attributes)

    def _of_lists(self) -> Iterator[Problem]:
        for key in _LISTS:
            yield from _unfit_names(key, getattr(self, key))
        for currency in self.currencies:
            if currency not in CURRENCIES:
                yield Problem("currencies", f"{currency!r} is no currency of ISO 4217")
        if self.default_currency not in CURRENCIES:
            message = f"{self.default_currency!r} is no currency of ISO 4217"
            yield Problem("default_currency", message)
        elif self.currencies and self.default_currency not in self.currencies:
            yield Problem("default_currency", f"{self.default_currency!r} is not in currencies")


_LEADS_TO = {
    "first": LeadState.NEW,
    "on_start": LeadState.IN_PROGRESS,
    "on_qualify": LeadState.IN_PROGRESS,
    "on_win": LeadState.WON,
    "on_convert": LeadState.WON,
    "on_lose": LeadState.LOST,
    "on_disqualify": LeadState.LOST,
}
_LISTS = (
    *("categories", "priorities", "importance_levels", "sources", "lost_reasons", "currencies"),
    *("call_results", "opportunity_stages", "case_priorities"),
)


def _unfit_names(key: str, names: Sequence[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if not name.strip() or name != name.strip():
            yield Problem(key, f"{name!r} is empty, or begins or ends with a space")
        if name.casefold() in seen:
            yield Problem(key, f"{name!r} is there twice")
        seen.add(name.casefold())


def word_problem(
    field: str, value: str | None, words: Sequence[str], key: str
) -> Iterator[Problem]:
    """The problem of a field whose word is not in the list that an administrator set."""
    if value is not None and words and value not in words:
        yield Problem(field, f"{value!r} is not in the list: {', '.join(words)} (settings: {key})")
