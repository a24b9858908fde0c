"""What the fields of one kind of record may hold: the rules of each kind, found here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crm_store.checking.lead_checks import lead_problems
from crm_store.checking.person_checks import person_problems
from crm_store.checking.work_checks import activity_problems, case_problems, opportunity_problems
from crm_store.errors import Problem
from crm_store.reader import Reader
from crm_store.records import Activity, Case, Lead, Opportunity, Person


def field_problems(reader: Reader, record: Any, before: Any | None) -> Iterator[Problem]:
    """What keeps ``record`` from being written in the place of ``before`` (None: a new one)."""
    if isinstance(record, Person):
        yield from person_problems(record, before)
    if isinstance(record, Lead):
        yield from lead_problems(reader, record, before)
    elif isinstance(record, Activity):
        yield from activity_problems(reader, record, before)
    elif isinstance(record, Case):
        yield from case_problems(reader, record, before)
    elif isinstance(record, Opportunity):
        yield from opportunity_problems(reader, record, before)
