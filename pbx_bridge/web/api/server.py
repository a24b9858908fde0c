"""The endpoints on aiohttp: each request is checked, permitted, run and answered here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from crm_store.errors import StoreError
from crm_store.store import Store
from pbx_bridge.web.api.answers import answer_with
from pbx_bridge.web.api.call import ApiCall, Session
from pbx_bridge.web.api.endpoint import Endpoint
from pbx_bridge.web.api.problems import ApiProblem, problem_of
from pbx_bridge.web.api.requests import read_body, read_path, read_query

PREFIX = "/api/v1"
MOST_BYTES = 1024 * 1024
"""How large a body may be where its endpoint allows no more."""

Authenticate = Callable[[web.Request, Store], Awaitable[Session | None]]

_log = structlog.get_logger(__name__)
_UNAUTHENTICATED = {"WWW-Authenticate": 'Bearer realm="pbx-bridge"'}


def add_api(
    app: web.Application,
    store: Store,
    endpoints: Iterable[Endpoint],
    authenticate: Authenticate,
    services: Any = None,
) -> None:
    """Serve the endpoints under ``/api/v1`` of an application."""
    app.middlewares.append(_tell_problems)
    for one in endpoints:
        handler = _handler(one, store, authenticate, services)
        app.router.add_route(one.method, PREFIX + one.path, handler)


def _handler(
    endpoint: Endpoint, store: Store, authenticate: Authenticate, services: Any
) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        session = await authenticate(request, store)
        permit(endpoint, session)
        path = read_path(endpoint, request)
        query = read_query(endpoint, request)
        call = ApiCall(request, store, services, session, path, query)
        if endpoint.body is None:
            value = await endpoint.run(call)
        else:
            value = await endpoint.run(call, await read_body(endpoint, request))
        return answer_with(endpoint, value)

    return handle


def permit(endpoint: Endpoint, session: Session | None) -> None:
    """Raise ApiProblem 401 or 403 unless this session may use the endpoint."""
    if endpoint.scope is None:
        return
    if session is None:
        raise ApiProblem(
            401,
            "unauthenticated",
            "Sign in first",
            "send a token: Authorization: Bearer …",
            headers=_UNAUTHENTICATED,
        )
    if endpoint.scope not in session.scopes:
        raise ApiProblem(
            403, "forbidden", "You may not do this", f"it takes the scope {endpoint.scope!r}"
        )


@web.middleware
async def _tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not request.path.startswith("/api/"):
        return await handler(request)
    try:
        return await handler(request)
    except ApiProblem as problem:
        return problem.response()
    except StoreError as error:
        return _of_store(error)
    except web.HTTPException as error:
        return _of_http(error)
    except Exception:
        _log.exception("api request failed", method=request.method, path=request.path)
        return ApiProblem(500, "defect", "We made a mistake", "it is in the log").response()


def _of_store(error: StoreError) -> web.Response:
    try:
        return problem_of(error).response()
    except StoreError:
        _log.exception("api request failed")
        return ApiProblem(500, "defect", "We made a mistake", "it is in the log").response()


def _of_http(error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        raise error
    headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
    kinds = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
    return ApiProblem(
        error.status, kinds.get(error.status, "http"), error.reason, headers=headers
    ).response()
