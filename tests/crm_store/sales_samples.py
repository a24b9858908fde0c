"""A sales office: two groups, three users, and leads as they are made there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from crm_store.records import By, Group, Lead, User
from crm_store.store import Store
from crm_store.writer import Writer

T = TypeVar("T")

TOM = By(user="Tom", via="api")
ANN = By(user="Ann", via="api")
EVE = By(user="Eve", via="api")


async def open_office(store: Store) -> None:
    """Tom and Ann are of Sydney, Eve is of Perth."""

    def unit(writer: Writer) -> None:
        writer.add(Group(name="Sydney", areas=("AU-NSW", "+612")))
        writer.add(Group(name="Perth", areas=("AU-WA", "+618")))
        writer.add(User(name="Tom", extensions=("101",), groups=("Sydney",)))
        writer.add(User(name="Ann", extensions=("102",), groups=("Sydney",)))
        writer.add(User(name="Eve", extensions=("103",), groups=("Perth", "Sydney")))

    await store.write(unit)


async def do(store: Store, by: By, unit: Callable[[Writer], T]) -> T:
    """Run a unit of work in somebody's name."""

    def run(writer: Writer) -> T:
        writer.by = by
        return unit(writer)

    return await store.write(run)


async def make_lead(store: Store, by: By = TOM, **fields: Any) -> Lead:
    """A lead that somebody typed."""
    lead = Lead(**{"name": "Ada Byron", **fields})
    return await do(store, by, lambda w: w.need("lead", w.add(lead)))


async def history(store: Store, kind: str, key: Any) -> list[tuple[str, str | None]]:
    """What was done with a record, and by whom."""
    entries = await store.read(lambda r: list(r.history_of(kind, key)))
    return [(entry.action, entry.actor) for entry in entries]
