"""``calls``, ``leads``, ``activities``: what the store knows, for people and for programs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from crm_store.filters import ActivityFilter, CallFilter, LeadFilter
from crm_store.records import (
    ActivityStatus,
    CallType,
    Direction,
    LeadState,
    Outcome,
    PersonType,
    Ref,
)
from pbx_bridge.commands.answers import ACTIVITIES, CALLS, LEADS, Format, Names, answer
from pbx_bridge.commands.invocation import config_of
from pbx_bridge.commands.moments import EXPECTED, read_moment
from pbx_bridge.config import Config


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
    asyncio.run(answer(config, CALLS, wanted, form, Names(campaign=campaign, agent=agent)))


def leads(
    context: typer.Context,
    since: _Since = None,
    until: _Until = None,
    number: _Number = None,
    call_id: _CallId = None,
    campaign: _Campaign = None,
    owner: _Owner = None,
    status: Annotated[str | None, typer.Option(help="One of the configured statuses.")] = None,
    state: Annotated[LeadState | None, typer.Option(help="How far it has come.")] = None,
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
        state=state,
        newest_first=_is_newest_first(newest, form),
        limit=limit,
    )
    asyncio.run(answer(config, LEADS, wanted, form, Names(campaign=campaign, owner=owner)))


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
    asyncio.run(answer(config, ACTIVITIES, wanted, form, Names(campaign=campaign, owner=owner)))


def _is_newest_first(newest: bool | None, form: Format) -> bool:
    return form is Format.TABLE if newest is None else newest


def _country(config: Config, pbx: str | None) -> str | None:
    """Whose national form a number may be in: that of the PBX named, or of all of them."""
    countries = {config.country_of(one) for one in config.pbx if pbx in {None, one.name}}
    return countries.pop() if len(countries) == 1 else config.numbers.country
