"""Answers from the store: everything for a program, a window for a person."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any, cast

from crm_store.documents import (
    ACTIVITY_FIELDS,
    CALL_FIELDS,
    LEAD_FIELDS,
    Document,
    ToDocument,
    activity_document,
    call_document,
    lead_document,
)
from crm_store.filters import ActivityFilter, CallFilter, LeadFilter
from crm_store.reader import Reader
from crm_store.store import Store
from pbx_bridge.commands.formats import write_csv, write_jsonl
from pbx_bridge.commands.invocation import existing_store, tell
from pbx_bridge.commands.tables import (
    ACTIVITY_COLUMNS,
    CALL_COLUMNS,
    LEAD_COLUMNS,
    Column,
    print_table,
)
from pbx_bridge.config import Config
from pbx_bridge.errors import PbxBridgeError

_TABLE_ROWS = 50
_COUNTED = 1000
"""How many rows beyond the table are counted before it says "more than"."""


Filter = CallFilter | LeadFilter | ActivityFilter


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One kind of record that can be asked for."""

    nouns: str
    find: Callable[[Reader, Any], Iterator[Any]]
    fields: Sequence[str]
    to_document: ToDocument
    columns: Sequence[Column]


CALLS = Question(
    nouns="calls",
    find=lambda reader, wanted: reader.find_calls(wanted),
    fields=CALL_FIELDS,
    to_document=call_document,
    columns=CALL_COLUMNS,
)
LEADS = Question(
    nouns="leads",
    find=lambda reader, wanted: reader.find_leads(wanted),
    fields=LEAD_FIELDS,
    to_document=lead_document,
    columns=LEAD_COLUMNS,
)
ACTIVITIES = Question(
    nouns="activities",
    find=lambda reader, wanted: reader.find_activities(wanted),
    fields=ACTIVITY_FIELDS,
    to_document=activity_document,
    columns=ACTIVITY_COLUMNS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that were asked for, which may be misspelt."""

    campaign: str | None = None
    agent: str | None = None
    owner: str | None = None


async def answer(
    config: Config, question: Question, wanted: Filter, form: Format, names: Names
) -> None:
    """Ask the configured store, and write what it says to standard output.

    Raises:
        PbxBridgeError: there is no store yet.
        StoreError: it cannot be asked.
    """
    async with existing_store(config) as store:
        with _words_for_a_full_disk():
            if form is Format.TABLE:
                count = await _show_table(store, question, wanted)
            else:
                count = await _write_all(store, question, wanted, form)
        if count == 0:
            for note in await store.read(lambda reader: _unknown_names(reader, names)):
                tell(note)


@contextmanager
def _words_for_a_full_disk() -> Iterator[None]:
    """An answer that could not be written whole is an error in words; nobody reading on is none."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left has nowhere to go
        raise PbxBridgeError(
            f"the answer cannot be written: {error.strerror}", hint="What is there is not whole."
        ) from None


async def _write_all(store: Store, question: Question, wanted: Filter, form: Format) -> int:
    async with aclosing(_documents(store, question, wanted)) as documents:
        if form is Format.JSONL:
            return await write_jsonl(documents)
        return await write_csv(documents, question.fields)


async def _documents(store: Store, question: Question, wanted: Filter) -> AsyncGenerator[Document]:
    found = cast("AsyncGenerator[Any]", store.stream(lambda reader: question.find(reader, wanted)))
    async with aclosing(found) as records:
        async for record in records:
            yield question.to_document(record)


async def _show_table(store: Store, question: Question, wanted: Filter) -> int:
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


def _unknown_names(reader: Reader, names: Names) -> list[str]:
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
