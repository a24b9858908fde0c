"""One request to the API, as an endpoint sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from aiohttp import web

from crm_store.reader import Reader
from crm_store.records import By, User
from crm_store.store import Store
from crm_store.writer import Writer

T = TypeVar("T")


class Session(Protocol):
    """Who is signed in, and what he may do with what he signed in with."""

    @property
    def user(self) -> User:
        """The user."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """Those of ``read``, ``write`` and ``admin`` that hold."""
        ...


class ApiCall:
    """One request: who asks, with which parameters, and the store to answer from."""

    __slots__ = ("path", "query", "request", "services", "session", "store")

    def __init__(
        self,
        request: web.Request,
        store: Store,
        services: Any,
        session: Session | None,
        path: Mapping[str, str],
        query: Any,
    ) -> None:
        self.request, self.store, self.services = request, store, services
        self.session, self.path, self.query = session, path, query

    @property
    def user(self) -> User:
        """Who asks; LookupError at an endpoint that is open to everybody."""
        if self.session is None:
            raise LookupError("nobody is signed in")
        return self.session.user

    async def read(self, unit: Callable[[Reader], T]) -> T:
        """Run a unit of work that only reads."""
        return await self.store.read(unit)

    async def write(self, unit: Callable[[Writer], T]) -> T:
        """Run a unit of work in the name of the user.

        With an ``Idempotency-Key`` its first run is the only one: who asks again is given the
        answer of then.
        """
        by = By(user=self.session.user.name if self.session else None, via="api")

        def run(writer: Writer) -> T:
            writer.by = by
            return unit(writer)

        return await self.store.write(run)

    def sees(self, record: Any) -> bool:
        """Whether the user may see this record."""
        return True
