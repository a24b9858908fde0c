"""One request to the API, as an endpoint sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from aiohttp import web

from crm_store.access.visibility import sees
from crm_store.errors import RecordNotFound
from crm_store.kinds import Key
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


class WriteOnce(Protocol):
    """Sees to it that a request which is sent twice is run once."""

    def begin(self, writer: Writer) -> None:
        """Claim the request in its transaction; raises when it was run before."""

    def end(self, writer: Writer, value: Any) -> None:
        """Keep what the endpoint is about to answer."""


class ApiCall:
    """One request: who asks, with which parameters, and the store to answer from.

    ``path`` holds texts, ``query`` the endpoint's own shape; ``services`` is what the program
    hands in.
    """

    __slots__ = ("_once", "path", "query", "request", "services", "session", "store")

    def __init__(
        self,
        request: web.Request,
        store: Store,
        services: Any,
        session: Session | None,
        path: Mapping[str, str],
        query: Any,
        once: WriteOnce | None = None,
    ) -> None:
        self.request, self.store, self.services = request, store, services
        self.session, self.path, self.query = session, path, query
        self._once = once

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

        With an ``Idempotency-Key`` the first one of the request is the only one ever: who asks
        again is given the answer of then. Let the unit return what the endpoint returns, so that
        both are kept in one transaction.
        """
        by = By(user=self.session.user.name if self.session else None, via="api")
        once, self._once = self._once, None

        def run(writer: Writer) -> T:
            writer.by = by
            writer.country = getattr(self.services, "country", None)
            if once is None:
                return unit(writer)
            once.begin(writer)
            value = unit(writer)
            once.end(writer, value)
            return value

        return await self.store.write(run)

    def sees(self, reader: Reader, record: Any) -> bool:
        """Whether the user may see this record or call."""
        return sees(reader, self.user, record)

    def find(self, reader: Reader, kind_name: str, key: Key) -> Any:
        """The record, if the user sees it; RecordNotFound otherwise."""
        record = reader.get(kind_name, key)
        if record is None:
            raise reader.missing(kind_name, key)
        if not sees(reader, self.user, record):
            raise RecordNotFound(kind_name, key)
        return record
