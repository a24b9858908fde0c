"""All there is about a number or an address: to give out, and to erase. For administrators.

The number stands in the body of a request, never in its URL: URLs are written into logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from crm_store.access import roles
from crm_store.privacy.erasure import Erasure, tell_everything
from crm_store.privacy.found import find_subject
from crm_store.privacy.subject import read_subject
from crm_store.records import By
from pbx_bridge.privacy import erase_subject
from pbx_bridge.recording_files import RecordingFolders
from pbx_bridge.web.api.access import forget_sessions
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.services import services_of

_Subject = Annotated[str, Field(min_length=1, max_length=320)]


class Whom(StrEnum):
    """Which of the people who have the number."""

    ALONE = "alone"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutWhom:
    """A phone number in any form, or an e-mail address."""

    subject: _Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToErase:
    """A phone number or an e-mail address, and who is meant by it.

    ``alone``: who has no other number is erased, others only lose this one; ``everybody``:
    everybody who has it is erased, with his other numbers. ``is_dry_run`` only tells who that is.
    """

    subject: _Subject
    people: Whom = Whom.ALONE
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All there is about a number or an address: rows by the table that they are in."""

    subject: str
    tables: dict[str, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDone:
    """What was erased: ``people`` as ``lead:12``; ``kept`` have lost the number or address.

    ``files_left`` are recordings that were not found on this host, and so not deleted.
    """

    people: tuple[str, ...]
    kept: tuple[str, ...]
    calls: int
    recordings: int
    rows: dict[str, int]
    files_left: tuple[str, ...]
    is_dry_run: bool


@endpoint(
    "POST",
    "/privacy/reports",
    body=AboutWhom,
    returns=Told,
    scope="admin",
    tag="Privacy",
    summary="Give out all there is about a number or an address",
    is_secret=True,
)
async def tell(call: ApiCall, body: AboutWhom) -> Told:
    """Gather every record, call, message and history entry that names a number or an address."""
    roles.require(call.user, roles.Deed.SEE, "privacy")
    subject = read_subject(body.subject, services_of(call.services).country)
    tables = await call.read(lambda r: tell_everything(r, find_subject(r, subject)))
    return Told(subject=body.subject, tables=tables)


@endpoint(
    "POST",
    "/privacy/erasures",
    body=ToErase,
    returns=ErasureDone,
    scope="admin",
    tag="Privacy",
    summary="Erase all there is about a number or an address",
    is_secret=True,
)
async def erase(call: ApiCall, body: ToErase) -> ErasureDone:
    """Erase people, what hangs on them, and every mention; calls stay as anonymous figures.

    It cannot be undone.
    """
    roles.require(call.user, roles.Deed.REMOVE, "privacy")
    services = services_of(call.services)
    subject = read_subject(body.subject, services.country)
    is_everybody = body.people is Whom.EVERYBODY
    if body.is_dry_run:
        found = await call.read(lambda r: find_subject(r, subject, is_everybody=is_everybody))
        would = Erasure(
            people=tuple(f"{kind}:{key}" for kind, key in sorted(found.whole)),
            kept=tuple(f"{kind}:{key}" for kind, key in sorted(found.partly)),
            calls=len(found.calls),
            recordings=len(found.files),
            rows={},
        )
        return _done(would, (), is_dry_run=True)
    erased = await erase_subject(
        call.store,
        services.recordings or RecordingFolders({}),
        subject,
        is_everybody=is_everybody,
        by=By(user=call.user.name, via="api"),
    )
    forget_sessions(call.store)
    return _done(erased.erasure, erased.files_left, is_dry_run=False)


ENDPOINTS = (tell, erase)


def _done(erasure: Erasure, files_left: tuple[str, ...], *, is_dry_run: bool) -> ErasureDone:
    return ErasureDone(
        people=erasure.people,
        kept=erasure.kept,
        calls=erasure.calls,
        recordings=erasure.recordings,
        rows=erasure.rows,
        files_left=files_left,
        is_dry_run=is_dry_run,
    )
