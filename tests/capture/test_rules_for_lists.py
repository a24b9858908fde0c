"""Response rules and lists: only where the import says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_store.lists import imports
from crm_store.lists.importing import inspect_file, run_import
from crm_store.records import (
    Actions,
    Conditions,
    ImportOptions,
    PersonType,
    ResponseRule,
)
from crm_store.store import Store


@pytest.mark.parametrize(("apply_rules", "expected"), [(True, ["hot", None]), (False, [None] * 2)])
async def test_the_rules_are_asked_for_a_list_where_the_import_says_so(
    store: Store, tmp_path: Path, apply_rules: bool, expected: list[str | None]
) -> None:
    """Each new lead is responded to, in the transaction that makes it."""
    rule = ResponseRule(
        name="big",
        conditions=Conditions(employees_min=100, origins=("import",)),
        actions=Actions(category="hot"),
    )
    path = tmp_path / "fair.csv"
    path.write_text("Name,Employees\nAda,500\nBea,5\n")
    options = ImportOptions(apply_rules=apply_rules)
    draft = inspect_file(path, path.name, PersonType.LEAD, options)

    def start(writer: object) -> int:
        made = imports.add_import(writer, draft)  # type: ignore[arg-type]
        imports.start_import(writer, made.id or 0)  # type: ignore[arg-type]
        return made.id or 0

    await store.write(lambda w: w.add(rule))
    job = await run_import(store, await store.write(start))
    assert (job.created, job.failed) == (2, 0)
    leads = await store.read(lambda r: list(r.find_leads()))
    assert [lead.category for lead in leads] == expected
