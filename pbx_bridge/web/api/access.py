"""Signing in and out, API tokens, passwords; and who is asking.

What a secret lets in is remembered for a second: a session that was ended, a token that was
revoked and a user who was deactivated may be let in for that long yet by another bridge, and not
at all by the one that ended it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

from aiohttp import web
from pydantic import Field

from crm_store.access import credentials, passwords
from crm_store.access.roles import scopes_of
from crm_store.errors import InvalidRecord, Problem, StoreError
from crm_store.records import Credential, CredentialKind, Role, User
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.api.problems import ApiProblem

CACHE_SECONDS = 1.0
_MOST_CACHED = 4096
_LONGEST_SECRET = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is asking, and what he may do with what he signed in with.

    Without the scope ``admin`` an administrator's ``user`` is a manager.
    """

    user: User
    scopes: frozenset[str]
    credential: Credential


class _Known:
    """What secrets let in, for a moment."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, tuple[float, Session]] = OrderedDict()

    def get(self, digest: str, now: float) -> Session | None:
        found = self._sessions.get(digest)
        return found[1] if found is not None and now - found[0] < CACHE_SECONDS else None

    def put(self, digest: str, now: float, session: Session) -> None:
        self._sessions[digest] = (now, session)
        self._sessions.move_to_end(digest)
        if len(self._sessions) > _MOST_CACHED:
            self._sessions.popitem(last=False)

    def clear(self) -> None:
        self._sessions.clear()


_known: WeakKeyDictionary[Store, _Known] = WeakKeyDictionary()


def forget_sessions(store: Store) -> None:
    """Ask the store again about everybody: somebody's session, role or password has changed."""
    if store in _known:
        _known[store].clear()


async def authenticate(request: web.Request, store: Store) -> Session | None:
    """Who sends this request; None for a stranger, or with a secret that lets nobody in."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > _LONGEST_SECRET:
        return None
    known = _known.setdefault(store, _Known())
    digest, moment = credentials.digest_of(secret), asyncio.get_running_loop().time()
    session = known.get(digest, moment)
    if session is not None:
        return session
    now = datetime.now(UTC)
    found = await store.read(lambda reader: credentials.find_credential(reader, secret, now))
    if found is None:
        return None
    credential, user = found
    scopes = scopes_of(user) & frozenset(credential.scopes)
    if user.role is Role.ADMINISTRATOR and "admin" not in scopes:
        user = replace(user, role=Role.MANAGER)
    session = Session(user=user, scopes=scopes, credential=credential)
    known.put(digest, moment, session)
    if credentials.is_worth_a_note(credential, now):
        with suppress(StoreError):
            await store.write(lambda writer: credentials.note_use(writer, credential.id))
    return session


_Password = Annotated[str, Field(min_length=1, max_length=passwords.LONGEST)]
_Name = Annotated[str, Field(min_length=1, max_length=320)]
ScopeName = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A name, or an e-mail address, and a password."""

    user: _Name
    password: _Password


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who is signed in, and what he may do."""

    name: str
    email: str | None
    role: Role
    groups: tuple[str, ...]
    extensions: tuple[str, ...]
    scopes: tuple[str, ...]
    """What this session or token is good for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session: send ``Authorization: Bearer TOKEN`` until it expires."""

    token: str
    expires_at: datetime | None
    user: Me


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to make. ``user`` is for administrators; everybody else makes his own."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[tuple[ScopeName, ...], Field(min_length=1, max_length=3)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """A token, with its secret: this is the only time that it is shown."""

    token: str
    credential: Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuery:
    """Whose tokens: everybody's for an administrator, where no user is named."""

    user: str | None = None
    kind: CredentialKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPassword:
    """A new password, and the one until now."""

    current: _Password
    password: _Password


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """A new password."""

    password: _Password


@endpoint(
    "POST",
    "/sessions",
    body=SignIn,
    returns=SignedIn,
    status=201,
    scope=None,
    tag="Access",
    summary="Sign in",
    is_secret=True,
)
async def sign_in(call: ApiCall, body: SignIn) -> SignedIn:
    """Sign in by name or e-mail address.

    The answer is the same for an unknown user and for a wrong password. After five failures in
    a row for a user, or twenty from an address, further attempts have to wait (429).
    """
    address = address_of(call.request)
    user, made = await credentials.sign_in(call.store, body.user, body.password, address=address)
    credential = made.credential
    return SignedIn(
        token=made.secret,
        expires_at=credential.expires_at,
        user=_me(user, frozenset(credential.scopes)),
    )


@endpoint("DELETE", "/sessions/current", tag="Access", summary="Sign out")
async def sign_out(call: ApiCall) -> None:
    """End the session, or revoke the token, that this request is sent with."""
    credential = _session(call).credential
    await call.write(lambda w: credentials.revoke(w, credential.id) and None)
    forget_sessions(call.store)


@endpoint("GET", "/me", returns=Me, tag="Access", summary="Who is signed in")
async def me(call: ApiCall) -> Me:
    """Say who is signed in, and what this session or token is good for."""
    session = _session(call)
    return _me(session.user, session.scopes)


@endpoint(
    "PUT",
    "/me/password",
    body=OwnPassword,
    scope="write",
    tag="Access",
    summary="Change one's own password",
)
async def change_my_password(call: ApiCall, body: OwnPassword) -> None:
    """Change one's own password; all other sessions of the user end."""
    session = _session(call)
    await credentials.change_own_password(
        call.store,
        session.user,
        body.current,
        body.password,
        keep=session.credential.id,
        address=address_of(call.request),
    )
    forget_sessions(call.store)


@endpoint(
    "PUT",
    "/users/{name}/password",
    body=NewPassword,
    scope="admin",
    tag="Access",
    summary="Set a user's password",
)
async def set_password(call: ApiCall, body: NewPassword) -> None:
    """Give a user a password; his sessions end."""
    name = call.path["name"]
    await call.read(lambda r: credentials.check_new_password(r, name, body.password))
    hashed = await passwords.hash_password(body.password)
    await call.write(lambda w: credentials.set_password(w, name, hashed) and None)
    forget_sessions(call.store)


@endpoint(
    "GET",
    "/tokens",
    query=TokenQuery,
    returns=list[Credential],
    tag="Access",
    summary="Sessions and API tokens",
)
async def list_tokens(call: ApiCall) -> list[Credential]:
    """List one's own sessions and tokens; an administrator everybody's, or one user's."""
    session, wanted = _session(call), call.query or TokenQuery()
    is_all = "admin" in session.scopes
    if not is_all and wanted.user not in (None, session.user.name):
        raise ApiProblem(403, "forbidden", "You may not do this", "these are not your tokens")
    whose = wanted.user if is_all else session.user.name
    return await call.read(lambda r: credentials.credentials_of(r, whose, kind=wanted.kind))


@endpoint(
    "POST",
    "/tokens",
    body=NewToken,
    returns=MadeToken,
    status=201,
    scope="write",
    tag="Access",
    summary="Make an API token",
    is_secret=True,
)
async def make_token(call: ApiCall, body: NewToken) -> MadeToken:
    """Make an API token. It can do no more than the session or token that makes it."""
    session = _session(call)
    whose = body.user or session.user.name
    if whose != session.user.name and "admin" not in session.scopes:
        raise ApiProblem(403, "forbidden", "You may not do this", "make a token for yourself")
    beyond = [scope for scope in body.scopes if scope not in session.scopes]
    if beyond:
        said = f"{', '.join(beyond)}: this session has no such scope itself"
        raise InvalidRecord([Problem("scopes", said)])
    days = body.expires_in_days

    def make(w: Writer) -> credentials.Made:
        until = w.now + timedelta(days=days) if days is not None else None
        return credentials.make_token(
            w, whose, name=body.name, scopes=body.scopes, expires_at=until
        )

    made = await call.write(make)
    return MadeToken(token=made.secret, credential=made.credential)


@endpoint(
    "DELETE", "/tokens/{id}", scope="write", tag="Access", summary="Revoke a session or API token"
)
async def revoke_token(call: ApiCall) -> None:
    """Revoke one's own session or token; an administrator anybody's. It is at an end at once."""
    session = _session(call)
    owner = None if "admin" in session.scopes else session.user.name
    await call.write(lambda w: credentials.revoke(w, int(call.path["id"]), owner=owner) and None)
    forget_sessions(call.store)


ENDPOINTS = (
    sign_in,
    sign_out,
    me,
    change_my_password,
    set_password,
    list_tokens,
    make_token,
    revoke_token,
)


def address_of(request: web.Request) -> str:
    """The address that a request comes from, as the socket says; nobody's word is taken for it."""
    return request.remote or ""


def _session(call: ApiCall) -> Session:
    session = call.session
    if not isinstance(session, Session):
        raise ApiProblem(401, "unauthenticated", "Sign in first")
    return session


def _me(user: User, scopes: frozenset[str]) -> Me:
    return Me(
        name=user.name,
        email=user.email,
        role=user.role,
        groups=user.groups,
        extensions=user.extensions,
        scopes=tuple(scope for scope in credentials.SCOPES if scope in scopes),
    )
