"""The version that a change is made for: in the body, or as ``If-Match`` (RFC 9110)."""

from __future__ import annotations

import re
from typing import Any

from crm_store.errors import Problem, VersionConflict
from pbx_bridge.web.api.call import ApiCall
from pbx_bridge.web.api.problems import ApiProblem

_ETAG = re.compile(r'(?:W/)?"([^"]*)"|([0-9]+)')
ANY = "*"


def etag_of(record: Any) -> dict[str, str]:
    """The header that tells the version of a record; nothing where it has none."""
    version = getattr(record, "version", None)
    return {} if version is None else {"ETag": f'"{version}"'}


def wanted_tag(call: ApiCall) -> str | None:
    """What ``If-Match`` says, without its quotes; None without one, ``*`` for any.

    A version without quotes is let by: there is nothing else that it can mean.
    """
    said = call.request.headers.get("If-Match")
    if said is None:
        return None
    found = _ETAG.fullmatch(said.strip())
    if said.strip() != ANY and found is None:
        raise ApiProblem(
            400, "bad-header", "If-Match cannot be read", 'it looks like "3", quotes included'
        )
    return ANY if found is None else found.group(1) or found.group(2) or ""


def wanted_version(call: ApiCall, given: int | None, what: str) -> int | None:
    """The version that has to be there, None for any; ApiProblem 428 where nothing was said."""
    tag = wanted_tag(call)
    if tag is None and given is None:
        raise ApiProblem(
            428,
            "version-required",
            "Say which version you change",
            f"{what}, so that nothing is overwritten unseen",
        )
    if tag is None or tag == ANY:
        return given
    if not tag.isdecimal() or len(tag) > 9:
        raise precondition_failed(f"no version is called {tag!r}")
    if given is not None and given != int(tag):
        raise ApiProblem.unprocessable([Problem("version", "is not the one of If-Match")])
    return int(tag)


def precondition_failed(said: str, headers: dict[str, str] | None = None) -> ApiProblem:
    """The answer where ``If-Match`` names another version than there is."""
    return ApiProblem(412, "precondition-failed", "It is at another version", said, headers=headers)


def as_precondition(call: ApiCall, conflict: VersionConflict) -> ApiProblem | VersionConflict:
    """A conflict as it is told to him who said If-Match: 412 instead of 409."""
    if "If-Match" not in call.request.headers:
        return conflict
    return precondition_failed(str(conflict), {"ETag": f'"{conflict.current}"'})
