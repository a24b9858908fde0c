"""Cases: what a contact wants solved. Opened, closed, opened again."""

from __future__ import annotations

from typing import cast

from crm_store.changes import RecordWriter
from crm_store.errors import NotPossible
from crm_store.kinds import CASE, CONTACT
from crm_store.reader import Reader
from crm_store.records import Case, CaseStatus, Contact
from crm_store.tables import cases

_NEWEST_FIRST = (cases.c.created_at.desc(), cases.c.id.desc())


def cases_of(reader: Reader, contact_id: int, *, is_open: bool | None = None) -> list[Case]:
    """A contact's cases, the newest first; all of them, or those that are open or closed."""
    conditions = [cases.c.contact_id == contact_id]
    if is_open is not None:
        status = CaseStatus.OPEN if is_open else CaseStatus.CLOSED
        conditions.append(cases.c.status == status)
    return list(reader.matching(CASE.name, *conditions, order=_NEWEST_FIRST))


def newest_open_case(reader: Reader, contact_id: int) -> Case | None:
    """The open case of a contact that was opened last; None without one."""
    is_open = cases.c.contact_id == contact_id, cases.c.status == CaseStatus.OPEN
    return next(reader.matching(CASE.name, *is_open, order=_NEWEST_FIRST, limit=1), None)


def count_open_cases(reader: Reader, contact_id: int) -> int:
    """How many cases of a contact are open."""
    return len(cases_of(reader, contact_id, is_open=True))


def open_case(
    writer: RecordWriter,
    contact_id: int,
    subject: str,
    first_call: tuple[str, str] | None = None,
) -> Case:
    """Open a case for a contact, for his owner; by a call, when it comes from one.

    ``first_call`` is the (pbx, linkedid) of that call. Raises RecordNotFound and InvalidRecord.
    """
    contact = cast(Contact, writer.need(CONTACT.name, contact_id))
    case = Case(
        subject=subject,
        contact_id=contact_id,
        origin="call" if first_call else writer.by.via,
        owner=contact.owner,
        first_call=first_call,
    )
    return cast(Case, writer.need(CASE.name, writer.add(case)))


def close(writer: RecordWriter, case_id: int, *, version: int | None = None) -> Case:
    """Close a case, now. Raises NotPossible for one that is closed."""
    case = writer.need(CASE.name, case_id, version=version, is_locked=True)
    if case.status is CaseStatus.CLOSED:
        raise NotPossible(f"case {case_id} is closed already")
    changes = {"status": CaseStatus.CLOSED, "closed_at": writer.now}
    return cast(Case, writer.change(CASE.name, case_id, changes, action="closed", is_checked=False))


def reopen(writer: RecordWriter, case_id: int, *, version: int | None = None) -> Case:
    """Open a closed case again. Raises NotPossible for one that is open."""
    case = writer.need(CASE.name, case_id, version=version, is_locked=True)
    if case.status is CaseStatus.OPEN:
        raise NotPossible(f"case {case_id} is open")
    changes = {"status": CaseStatus.OPEN, "closed_at": None}
    return cast(
        Case, writer.change(CASE.name, case_id, changes, action="reopened", is_checked=False)
    )
