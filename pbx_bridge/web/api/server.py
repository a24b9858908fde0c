"""The endpoints on aiohttp: each request is checked, permitted, run and answered here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from crm_store.errors import StoreError
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.web.api.answers import answer_with
from pbx_bridge.web.api.call import ApiCall, Session
from pbx_bridge.web.api.endpoint import Endpoint
from pbx_bridge.web.api.idempotency import HEADER, Claim, Replay, claim_of, replayed
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
    endpoints = tuple(endpoints)
    app.middlewares.append(_tell_problems)
    for one in endpoints:
        handler = _handler(one, store, authenticate, services)
        if one.method == "GET":
            app.router.add_get(PREFIX + one.path, handler)
        else:
            app.router.add_route(one.method, PREFIX + one.path, handler)
    for path in {one.path for one in endpoints if "{" not in one.path}:
        methods = sorted({one.method for one in endpoints if one.path == path})
        app.router.add_route("*", PREFIX + path, _not_allowed(methods))


def _not_allowed(methods: Sequence[str]) -> Handler:
    """A path of its own is not also a record that goes by that name."""
    allowed = [*methods, "HEAD"] if "GET" in methods else methods

    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, allowed)

    return refuse


def _handler(
    endpoint: Endpoint, store: Store, authenticate: Authenticate, services: Any
) -> Handler:
    is_repeatable = endpoint.method == "POST" and endpoint.scope is not None

    async def handle(request: web.Request) -> web.StreamResponse:
        if endpoint.most_bytes is not None:
            request = request.clone(client_max_size=endpoint.most_bytes)
        session = await authenticate(request, store)
        permit(endpoint, session)
        path = read_path(endpoint, request)
        query = read_query(endpoint, request)
        given = () if endpoint.body is None else (await read_body(endpoint, request),)
        once = None
        if is_repeatable and session is not None and HEADER in request.headers:
            once = await _once(endpoint, request, store, session)
        call = ApiCall(request, store, services, session, path, query, once)
        response = answer_with(endpoint, value := await endpoint.run(call, *given))
        if once is not None:
            await once.settle(value, response)
        return response

    return handle


async def _once(
    endpoint: Endpoint, request: web.Request, store: Store, session: Session
) -> _Once | None:
    claim = await claim_of(request, session.user.name, is_secret=endpoint.is_secret)
    if claim is None:
        return None
    await claim.look(store)
    return _Once(endpoint, claim, store)


class _Once:
    """One request that has a key: what its first unit of work says is kept beside the work."""

    def __init__(self, endpoint: Endpoint, claim: Claim, store: Store) -> None:
        self._endpoint, self._claim, self._store = endpoint, claim, store
        self._kept: Any = self

    def begin(self, writer: Writer) -> None:
        self._claim.take(writer)

    def end(self, writer: Writer, value: Any) -> None:
        self._kept = value
        response = answer_with(self._endpoint, value)
        if isinstance(response, web.Response):
            self._claim.keep(writer, response)

    async def settle(self, value: Any, response: web.StreamResponse) -> None:
        """Keep what is answered in the end, where that is not what the unit of work said."""
        if self._kept is self or self._kept is value or not isinstance(response, web.Response):
            return
        await self._store.write(lambda writer: self._claim.keep(writer, response))


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
    except Replay as replay:
        return replayed(replay.kept)
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
