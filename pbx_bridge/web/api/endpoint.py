"""What an endpoint is: a function over a call, and everything that can be said about it.

The declaration is the one source of routing, validation, permission and the OpenAPI document::

    @endpoint("POST", "/leads/{id}/win", body=Win, returns=Lead, scope="write", tag="Leads",
              summary="Win a lead")
    async def win(call: ApiCall, body: Win) -> Lead:
        return await call.write(lambda w: leads.win(w, int(call.path["id"]), version=body.version))

    ENDPOINTS = (win,)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pbx_bridge.web.api.call import ApiCall

Scope = Literal["read", "write", "admin"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Run = Callable[..., Awaitable[Any]]

__all__ = ["Answer", "ApiCall", "Endpoint", "endpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method on one path.

    ``body`` and ``query`` are frozen dataclasses (or anything that pydantic can validate);
    ``run`` is given the call and, where there is a ``body``, that. ``path_types`` are those of
    the parameters in the path; ``id`` is a number unless it says otherwise. ``returns`` is the
    type of what it answers, None for nothing (204). An endpoint that ``accepts`` other media
    types reads ``call.request`` itself; one that ``produces`` others returns an aiohttp
    response. ``scope`` None is open to everybody. ``is_secret`` keeps the answer out of what is
    stored for idempotency keys.
    """

    method: Method
    path: str
    run: Run
    body: Any = None
    query: Any = None
    path_types: Mapping[str, type] = field(default_factory=dict)
    returns: Any = None
    status: int = 200
    scope: Scope | None = "read"
    tag: str = ""
    summary: str = ""
    description: str = ""
    accepts: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    is_secret: bool = False
    most_bytes: int | None = None
    """How large a body may be; None: what the server allows."""
    name: str = ""
    """The operationId."""
    example: Any = None
    """A body that works."""

    async def __call__(self, *given: Any) -> Any:
        """Run it, as a test does."""
        return await self.run(*given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A value with a status, or headers, of its own."""

    value: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def endpoint(
    method: Method,
    template: str,
    /,
    *,
    path: Mapping[str, type] | None = None,
    body: Any = None,
    query: Any = None,
    returns: Any = None,
    status: int | None = None,
    scope: Scope | None = "read",
    tag: str = "",
    summary: str = "",
    **more: Any,
) -> Callable[[Run], Endpoint]:
    """Make an endpoint of a function; see :class:`Endpoint`.

    ``template`` is its path below ``/api/v1``; ``path`` the types of what varies in it. The
    description is the function's docstring, its name the operationId.
    """

    def declare(run: Run) -> Endpoint:
        return Endpoint(
            method=method,
            path=template,
            run=run,
            body=body,
            query=query,
            returns=returns,
            status=status or (204 if returns is None and not more.get("produces") else 200),
            scope=scope,
            tag=tag,
            summary=summary,
            path_types=path or {},
            **{"name": run.__name__, "description": _first_words(run), **more},
        )

    return declare


def _first_words(run: Run) -> str:
    return "\n".join(line.strip() for line in (run.__doc__ or "").strip().splitlines())
