"""``privacy``: give out, or erase, all there is about a number or an address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from crm_store.privacy.erasure import tell_everything
from crm_store.privacy.found import Found, find_subject
from crm_store.privacy.subject import read_subject
from crm_store.reader import Reader
from crm_store.records import By
from pbx_bridge.commands.invocation import config_of, existing_store, tell
from pbx_bridge.config import Config
from pbx_bridge.privacy import Erased, erase_subject, sweep
from pbx_bridge.recording_files import RecordingFolders

privacy = typer.Typer(no_args_is_help=True, help="Give out or erase what there is about somebody.")


class Form(StrEnum):
    """How it is written down."""

    TEXT = "text"
    JSON = "json"


_Subject = Annotated[
    str, typer.Argument(metavar="NUMBER|EMAIL", help="A number in any form, or an address.")
]


@privacy.command()
def show(
    context: typer.Context,
    subject: _Subject,
    form: Annotated[Form, typer.Option("--format", help="text for people.")] = Form.TEXT,
) -> None:
    """Write all there is about somebody to standard output; nothing is changed."""
    config = config_of(context)
    whom = read_subject(subject, config.numbers.country)

    async def run() -> dict[str, list[Any]]:
        async with existing_store(config) as store:
            return await store.read(lambda r: tell_everything(r, find_subject(r, whom)))

    told = asyncio.run(run())
    if form is Form.JSON:
        document = msgspec.json.format(msgspec.json.encode({"subject": subject, "tables": told}))
        typer.echo(document.decode())
        return
    for line in _lines(subject, told):
        typer.echo(line)


@privacy.command()
def erase(
    context: typer.Context,
    subject: _Subject,
    everybody: Annotated[
        bool,
        typer.Option("--everybody", help="Also who has other numbers, with those numbers."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase all there is about somebody. It cannot be undone.

    Somebody with other numbers stays, without this one, unless --everybody is said. Calls stay as
    figures that say nobody's name or number.
    """
    config = config_of(context)
    whom = read_subject(subject, config.numbers.country)

    def find(reader: Reader) -> Found:
        return find_subject(reader, whom, is_everybody=everybody)

    async def run() -> Erased:
        async with existing_store(config) as store:
            found = await store.read(find)
            for line in _preview(found):
                tell(line)
            if not yes and not typer.confirm("Erase all of this for good?", err=True):
                raise typer.Exit(1)
            return await erase_subject(
                store, _folders(config), whom, is_everybody=everybody, by=By(via="command line")
            )

    erased = asyncio.run(run())
    done = erased.erasure
    typer.echo(
        f"{len(done.people)} people erased, {len(done.kept)} kept without it, "
        f"{done.calls} calls made anonymous"
    )
    for table, many in done.rows.items():
        typer.echo(f"  {table}: {many}")
    for path in erased.files_left:
        tell(f"not found on this host, and so not deleted: {path}", style="yellow")


@privacy.command("sweep")
def sweep_now(context: typer.Context) -> None:
    """Take away now what is older than the settings say. `run` does it once a day."""
    config = config_of(context)

    async def run() -> str:
        async with existing_store(config) as store:
            swept = await sweep(store, _folders(config))
        return (
            f"{swept.recordings} recordings, {swept.calls} calls made anonymous, "
            f"{swept.lost_leads} lost leads, {swept.history} history entries"
        )

    typer.echo(asyncio.run(run()))


def _folders(config: Config) -> RecordingFolders:
    return RecordingFolders({pbx.name: pbx.recordings for pbx in config.pbx})


def _preview(found: Found) -> Iterator[str]:
    for (kind, key), person in sorted(found.whole.items(), key=lambda one: one[0]):
        yield f"erased whole: {kind} {key}, {person.name}"
    for (kind, key), person in sorted(found.partly.items(), key=lambda one: one[0]):
        yield f"stays, without it: {kind} {key}, {person.name}"
    yield f"made anonymous: {len(found.calls)} calls; deleted: {len(found.files)} recordings"


def _lines(subject: str, told: dict[str, list[Any]]) -> Iterator[str]:
    yield f"What is kept about {subject}"
    for table, rows in told.items():
        if not rows:
            continue
        yield ""
        yield f"{table.replace('_', ' ').capitalize()} ({len(rows)})"
        for row in rows:
            yield ""
            for name, value in row.items():
                if value not in (None, "", [], {}):
                    said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
                    yield f"  {name}: {said}"
