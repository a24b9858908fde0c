"""Errors as RFC 9457 problem documents: what failed, and each field that is to blame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from aiohttp import web

from crm_store.errors import (
    InvalidRecord,
    MergedInto,
    NotAllowed,
    NotPossible,
    Problem,
    RecordExists,
    RecordNotFound,
    SignInRefused,
    StoreClosed,
    StoreError,
    StoreLocked,
    StoreUnreachable,
    TooManyAttempts,
    UnknownReference,
    VersionConflict,
)

TYPES = "/docs/problems/"
"""What the types of problems begin with: names, not addresses that lead anywhere."""


class ApiProblem(Exception):  # noqa: N818 - the word of RFC 9457
    """An answer that says what was wrong. ``kind`` is the last part of its type's URI."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str = "",
        *,
        errors: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.errors, self.headers = tuple(errors), dict(headers or {})

    @classmethod
    def unprocessable(cls, errors: Iterable[Problem]) -> ApiProblem:
        """What was sent holds what it may not."""
        errors = tuple(errors)
        said = "; ".join(f"{one.field}: {one.message}".removeprefix(": ") for one in errors)
        return cls(422, "invalid", "Some fields cannot be as they are", said, errors=errors)

    def response(self) -> web.Response:
        """The problem as an HTTP answer."""
        document = {
            "type": TYPES + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [
                {"field": one.field, "message": one.message} for one in self.errors
            ]
        return web.Response(
            body=msgspec.json.encode(document),
            status=self.status,
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store", **self.headers},
        )


def problem_of(error: StoreError) -> ApiProblem:
    """What an error of the store is to the outside."""
    said = f"{error}: {error.hint}" if error.hint else str(error)
    if isinstance(error, InvalidRecord):
        return ApiProblem.unprocessable(error.problems)
    if isinstance(error, MergedInto):
        return ApiProblem(410, "merged", "It is part of another record now", said)
    if isinstance(error, RecordNotFound):
        return ApiProblem(404, "not-found", "There is no such record", said)
    if isinstance(error, VersionConflict):
        headers = {"ETag": f'"{error.current}"'}
        return ApiProblem(409, "conflict", "Somebody else has changed it", said, headers=headers)
    if isinstance(error, RecordExists):
        return ApiProblem(409, "exists", "There is one of that name already", said)
    if isinstance(error, NotPossible):
        return ApiProblem(409, "not-possible", "That cannot be done with it now", said)
    if isinstance(error, NotAllowed):
        return ApiProblem(403, "forbidden", "You may not do this", said)
    if isinstance(error, SignInRefused):
        return ApiProblem(
            401,
            "sign-in-refused",
            "You are not signed in",
            said,
            headers={"WWW-Authenticate": 'Bearer realm="pbx-bridge"'},
        )
    if isinstance(error, TooManyAttempts):
        headers = {"Retry-After": str(error.retry_after)}
        return ApiProblem(
            429, "too-many-attempts", "Wait before you try again", said, headers=headers
        )
    if isinstance(error, UnknownReference):
        return ApiProblem(
            422, "unknown-reference", "It names a record that is not there", str(error.args[0])
        )
    if isinstance(error, (StoreLocked, StoreUnreachable, StoreClosed)):
        return ApiProblem(
            503, "unavailable", "The store cannot be used now", headers={"Retry-After": "5"}
        )
    raise error
