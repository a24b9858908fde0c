"""What the incoming-call form says, and what can be filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from crm_store.call_logging import UnknownNumber
from crm_store.records import Activity, ActivityStatus, Candidate, Direction, PersonType
from pbx_bridge.web.form_sections import CallSection

_Text = Annotated[str, Field(max_length=500)]
_Id = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSection:
    """Whom the call is about, or who it will make.

    ``id`` is None while nobody is on file. ``is_made_by_call``: the call made him of a stranger.
    ``values`` are his fields that the form edits.
    """

    type: PersonType
    id: int | None
    name: str
    is_made_by_call: bool
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """A call as its form shows it. ``version`` counts the savings: 0 before the first.

    ``lead`` is None for a call about nobody that will make nobody either. ``candidates`` are all
    who are on file under the number, best first.
    """

    call_id: str
    title: str
    version: int
    saved_by: str | None
    saved_at: datetime | None
    is_customer_chosen: bool
    becomes: UnknownNumber | None
    call: CallSection
    lead: LeadSection | None
    candidates: tuple[Candidate, ...]
    activity: Activity | None
    comment: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """A form that is open for somebody: his phone rings, or he has answered."""

    call_id: str
    title: str
    direction: Direction
    state: Literal["ringing", "answered"]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForms:
    """Forms that are open, the oldest call first."""

    items: tuple[OpenForm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFormsQuery:
    """Whose forms; ``mine`` those of who asks."""

    mine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer by his type and id."""

    type: PersonType
    id: _Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseCustomer:
    """Whom the call is about; ``version`` is that of the form, where it matters."""

    type: PersonType
    id: _Id
    version: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveNumber:
    """The number to save; without one, that of the call."""

    number: Annotated[str, Field(max_length=60)] | None = None
    label: Annotated[str, Field(max_length=60)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedNumber:
    """``is_new``: the customer did not have it. ``others`` have it too; ``warning`` says so."""

    is_new: bool
    number: str
    others: tuple[Candidate, ...]
    warning: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFields:
    """Fields of whom the call is about. What is left out stays; an empty text takes it away."""

    name: _Text | None = None
    company: _Text | None = None
    account: _Text | None = None
    title: _Text | None = None
    email: _Text | None = None
    website: _Text | None = None
    street: _Text | None = None
    postal_code: _Text | None = None
    city: _Text | None = None
    region: _Text | None = None
    country: _Text | None = None
    comment: Annotated[str, Field(max_length=100_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveForm:
    """What is filled in. What is left out stays as it is; ``version`` is the one that was read."""

    version: Annotated[int, Field(ge=0)] | None = None
    customer: Customer | None = None
    becomes: UnknownNumber | None = None
    fields: FormFields = field(default_factory=FormFields)
    comment: Annotated[str, Field(max_length=100_000)] | None = None
    tags: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] | None = None
    result: _Text | None = None
    status: ActivityStatus | None = None
    due_at: datetime | None = None
