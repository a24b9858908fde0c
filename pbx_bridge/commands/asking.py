"""``calls``, ``leads``, ``activities``: what the store knows, for people and for programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, cast

import typer

from crm_store.filters import ActivityFilter, CallFilter, LeadFilter
from crm_store.reader import Reader
from crm_store.records import (
    ActivityStatus,
    CallType,
    Direction,
    LeadStatus,
    Outcome,
    PersonType,
    Ref,
)
from crm_store.store import Store
from pbx_bridge.commands.formats import write_csv, write_jsonl
from pbx_bridge.commands.invocation import config_of, existing_store, tell
from pbx_bridge.commands.moments import EXPECTED, read_moment
from pbx_bridge.commands.plain import (
    ACTIVITY_FIELDS,
    CALL_FIELDS,
    LEAD_FIELDS,
    Document,
    ToDocument,
    activity_document,
    call_document,
    lead_document,
)
from pbx_bridge.commands.tables import (
    ACTIVITY_COLUMNS,
    CALL_COLUMNS,
    LEAD_COLUMNS,
    Column,
    print_table,
)
from pbx_bridge.config import Config

_TABLE_ROWS = 50
_COUNTED = 1000
"""How many rows beyond the table are counted before it says "more than"."""


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One kind of record that can be asked for."""

    nouns: str
    find: Callable[[Reader, Any], Iterator[Any]]
    fields: Sequence[str]
    to_document: ToDocument
    columns: Sequence[Column]


_CALLS = _Question(
    nouns="calls",
    find=lambda reader, wanted: reader.find_calls(wanted),
    fields=CALL_FIELDS,
    to_document=call_document,
    columns=CALL_COLUMNS,
)
_LEADS = _Question(
    nouns="leads",
    find=lambda reader, wanted: reader.find_leads(wanted),
    fields=LEAD_FIELDS,
    to_document=lead_document,
    columns=LEAD_COLUMNS,
)
_ACTIVITIES = _Question(
    nouns="activities",
    find=lambda reader, wanted: reader.find_activities(wanted),
    fields=ACTIVITY_FIELDS,
    to_document=activity_document,
    columns=ACTIVITY_COLUMNS,
)


def _moment(text: str) -> datetime:
    try:
        return read_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _ref(text: str) -> Ref:
    kind, _, number = text.partition(":")
    if kind not in set(PersonType) or not number.isdecimal():
        known = ", ".join(PersonType)
        raise typer.BadParameter(f"{text!r}: expected lead:12, that is one of {known} and an id")
    return Ref(type=PersonType(kind), id=int(number))


_Since = Annotated[
    datetime | None,
    typer.Option(parser=_moment, metavar="WHEN", help=f"From then on: {EXPECTED}."),
]
_Until = Annotated[
    datetime | None, typer.Option(parser=_moment, metavar="WHEN", help="Before then; likewise.")
]
_Number = Annotated[str | None, typer.Option(help="A phone number, written in any way.")]
_CallId = Annotated[str | None, typer.Option(help="The call's ID, from the handset.")]
_Campaign = Annotated[str | None, typer.Option(help="The campaign's name.")]
_Owner = Annotated[str | None, typer.Option(help="The user whose it is.")]
_Limit = Annotated[int | None, typer.Option(min=0, help="At most so many.")]
_Newest = Annotated[
    bool | None,
    typer.Option("--newest/--oldest", help="Which come first; table: newest, else: oldest."),
]
_Format = Annotated[
    Format, typer.Option("--format", help="table shows the newest 50, jsonl and csv all.")
]


def calls(
    context: typer.Context,
    since: _Since = None,
    until: _Until = None,
    number: _Number = None,
    call_id: _CallId = None,
    campaign: _Campaign = None,
    agent: Annotated[
        str | None, typer.Option(help="The user who answered, or his extension.")
    ] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="What it came to.")] = None,
    direction: Annotated[Direction | None, typer.Option(help="Who called whom.")] = None,
    pbx: Annotated[str | None, typer.Option(help="The PBX it came through.")] = None,
    is_open: Annotated[
        bool | None, typer.Option("--open/--ended", help="Only calls that are up, or over.")
    ] = None,
    limit: _Limit = None,
    newest: _Newest = None,
    form: _Format = Format.TABLE,
) -> None:
    """Show calls: who called which number, and what came of it."""
    config = config_of(context)
    wanted = CallFilter(
        since=since,
        until=until,
        number=number,
        country=_country(config, pbx),
        call_id=call_id,
        pbx=pbx,
        campaign=campaign,
        agent=agent,
        outcome=outcome,
        direction=direction,
        is_open=is_open,
        newest_first=_is_newest_first(newest, form),
        limit=limit,
    )
    asyncio.run(_answer(config, _CALLS, wanted, form, _Names(campaign=campaign, agent=agent)))


def leads(
    context: typer.Context,
    since: _Since = None,
    until: _Until = None,
    number: _Number = None,
    call_id: _CallId = None,
    campaign: _Campaign = None,
    owner: _Owner = None,
    status: Annotated[LeadStatus | None, typer.Option(help="How far it has come.")] = None,
    limit: _Limit = None,
    newest: _Newest = None,
    form: _Format = Format.TABLE,
) -> None:
    """Show leads: strangers who may become customers."""
    config = config_of(context)
    wanted = LeadFilter(
        since=since,
        until=until,
        number=number,
        country=_country(config, None),
        call_id=call_id,
        campaign=campaign,
        owner=owner,
        status=status,
        newest_first=_is_newest_first(newest, form),
        limit=limit,
    )
    asyncio.run(_answer(config, _LEADS, wanted, form, _Names(campaign=campaign, owner=owner)))


def activities(
    context: typer.Context,
    since: _Since = None,
    until: _Until = None,
    call_id: _CallId = None,
    campaign: _Campaign = None,
    owner: _Owner = None,
    status: Annotated[ActivityStatus | None, typer.Option(help="Does it wait for us?")] = None,
    call_type: Annotated[CallType | None, typer.Option(help="What kind of call.")] = None,
    about: Annotated[
        Ref | None, typer.Option(parser=_ref, metavar="TYPE:ID", help="Whom: lead:12.")
    ] = None,
    limit: _Limit = None,
    newest: _Newest = None,
    form: _Format = Format.TABLE,
) -> None:
    """Show activities: what was done with a person, or waits to be done."""
    config = config_of(context)
    wanted = ActivityFilter(
        since=since,
        until=until,
        call_id=call_id,
        campaign=campaign,
        owner=owner,
        status=status,
        call_type=call_type,
        about=about,
        newest_first=_is_newest_first(newest, form),
        limit=limit,
    )
    asyncio.run(_answer(config, _ACTIVITIES, wanted, form, _Names(campaign=campaign, owner=owner)))


def _is_newest_first(newest: bool | None, form: Format) -> bool:
    return form is Format.TABLE if newest is None else newest


def _country(config: Config, pbx: str | None) -> str | None:
    """Whose national form a number may be in: that of the PBX named, or of all of them."""
    countries = {config.country_of(one) for one in config.pbx if pbx in {None, one.name}}
    return countries.pop() if len(countries) == 1 else config.numbers.country


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The names that were asked for, which may be misspelt."""

    campaign: str | None = None
    agent: str | None = None
    owner: str | None = None


async def _answer(
    config: Config, question: _Question, wanted: Any, form: Format, names: _Names
) -> None:
    async with existing_store(config) as store:
        if form is Format.TABLE:
            count = await _show_table(store, question, wanted)
        else:
            count = await _write_all(store, question, wanted, form)
        if count == 0:
            for note in await store.read(lambda reader: _unknown_names(reader, names)):
                tell(note)


async def _write_all(store: Store, question: _Question, wanted: Any, form: Format) -> int:
    async with aclosing(_documents(store, question, wanted)) as documents:
        if form is Format.JSONL:
            return await write_jsonl(documents)
        return await write_csv(documents, question.fields)


async def _documents(store: Store, question: _Question, wanted: Any) -> AsyncGenerator[Document]:
    found = cast("AsyncGenerator[Any]", store.stream(lambda reader: question.find(reader, wanted)))
    async with aclosing(found) as records:
        async for record in records:
            yield question.to_document(record)


async def _show_table(store: Store, question: _Question, wanted: Any) -> int:
    """Show a window of what matches, and how much more there is."""
    is_window = wanted.limit is None
    if is_window:
        wanted = replace(wanted, limit=_TABLE_ROWS + _COUNTED + 1)
    shown, more = await store.read(
        lambda reader: _split(question.find(reader, wanted), _TABLE_ROWS if is_window else None)
    )
    if not shown:
        tell(f"No {question.nouns} match.")
        return 0
    print_table(question.columns, shown)
    if more:
        many = f"more than {_COUNTED}" if more > _COUNTED else more
        tell(f"… and {many} more; --limit shows more, --format jsonl or csv all")
    return len(shown)


def _split(found: Iterator[Any], size: int | None) -> tuple[list[Any], int]:
    return list(islice(found, size)), sum(1 for _ in found)


def _unknown_names(reader: Reader, names: _Names) -> list[str]:
    """Notes on names that nobody has: a slip of the pen rather than an empty answer."""
    campaigns = [campaign.name for campaign in reader.campaigns()]
    users = {user.name: user.extensions for user in reader.users()}
    extensions = [extension for theirs in users.values() for extension in theirs]
    asked: Mapping[str, tuple[str | None, Sequence[str], Sequence[str]]] = {
        "campaign": (names.campaign, campaigns, campaigns),
        "user or extension": (names.agent, [*users, *extensions], list(users)),
        "user": (names.owner, list(users), list(users)),
    }
    return [
        f"No {noun} is called {name!r}; known: {', '.join(shown) or 'none'}."
        for noun, (name, known, shown) in asked.items()
        if name is not None and name.lower() not in {one.lower() for one in known}
    ]
