"""What somebody writes names no record that he does not see: he would learn what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crm_store.access.visibility import sees_object
from crm_store.errors import InvalidRecord, Problem
from crm_store.reader import Reader
from pbx_bridge.web.api.endpoint import ApiCall

_NAMED_BY = {
    "contact_id": "contact",
    "account_id": "account",
    "lead_id": "lead",
    "case_id": "case",
    "opportunity_id": "opportunity",
}


def refuse_unseen(call: ApiCall, reader: Reader, fields: Mapping[str, Any]) -> None:
    """Raise InvalidRecord, in the words of one that is not there, for each unseen record."""
    problems = [
        Problem(name, f"no {kind} is called {key!r}")
        for name, kind, key in _named(fields)
        if not sees_object(reader, call.user, kind, key)
    ]
    if problems:
        raise InvalidRecord(problems)


def _named(fields: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for name, kind in _NAMED_BY.items():
        if fields.get(name) is not None:
            yield name, kind, fields[name]
    about = fields.get("about")
    if about is not None:
        yield "about", about.type, about.id
