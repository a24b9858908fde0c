"""Who is let in: signing in, sessions, API tokens, passwords.

The secret of a session or a token is shown once, to its owner; the store keeps its SHA-256, which
is enough for 256 random bits. A user who is not active any more is let in by neither.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from crm_store import ids
from crm_store.access import attempts, passwords
from crm_store.access.roles import scopes_of
from crm_store.documents import plain
from crm_store.engines.column_types import StorableText
from crm_store.errors import (
    InvalidRecord,
    Problem,
    RecordNotFound,
    SignInRefused,
)
from crm_store.reader import Reader
from crm_store.records import Credential, CredentialKind, User
from crm_store.store import Store
from crm_store.tables import credentials, users
from crm_store.writer import Writer

SCOPES = ("read", "write", "admin")
_TOUCH_AFTER = timedelta(minutes=1)
_PREFIX = {CredentialKind.SESSION: "pbs_", CredentialKind.TOKEN: "pbt_"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """How long people stay signed in, and what passwords and tokens have to be like."""

    name: ClassVar[str] = "access"

    session_hours: int = 12
    password_length: int = 10
    """The fewest characters of a new password."""
    longest_token_days: int | None = None
    """The longest that a token may be good for; None: also for ever."""

    def problems(self) -> Iterator[Problem]:
        """What cannot be."""
        days = self.longest_token_days
        for field, value, least, most in (
            ("session_hours", self.session_hours, 1, 24 * 365),
            ("password_length", self.password_length, 8, 128),
            ("longest_token_days", 1 if days is None else days, 1, 3650),
        ):
            if not least <= value <= most:
                yield Problem(field, f"expected {least} to {most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A session or token, with its secret: this is the only time that it is told."""

    secret: str
    credential: Credential


def digest_of(secret: str) -> str:
    """What the store keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def sign_in(store: Store, name: str, password: str, *, address: str) -> tuple[User, Made]:
    """Sign a user in by his name or e-mail address and his password.

    Raises SignInRefused, in the same words and after the same time whether the user or the
    password is wrong, and TooManyAttempts while the user or the address has to wait.
    """
    known = await store.write(lambda w: _begin(w, name, address))
    verified, better = known.password_hash if known is not None else None, None
    is_right = await passwords.is_right(verified, password)
    if known is None or verified is None or not is_right:
        raise SignInRefused("the name or the password is wrong")
    if passwords.is_outdated(verified):
        better = await passwords.hash_password(password)

    def open_session(w: Writer) -> tuple[User, Made]:
        user: User | None = w.get("user", known.name)
        if user is None or not user.is_active or user.password_hash != verified:
            raise SignInRefused("the name or the password is wrong")
        if better is not None:
            w.change("user", user.name, {"password_hash": better}, action="password rehashed")
        attempts.forgive(w, name, address)
        until = w.now + timedelta(hours=w.settings(AccessSettings).session_hours)
        scopes = [scope for scope in SCOPES if scope in scopes_of(user)]
        return user, _make(w, CredentialKind.SESSION, user, scopes, until, address=address)

    return await store.write(open_session)


def find_credential(reader: Reader, secret: str, now: datetime) -> tuple[Credential, User] | None:
    """Who is let in by this secret; None: nobody, not any more, or not yet again."""
    query = (
        sa.select(credentials)
        .join(users, users.c.name == credentials.c.user_name)
        .where(credentials.c.digest == digest_of(secret), users.c.is_active)
    )
    row = reader._connection.execute(query).mappings().first()
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    user = reader.get("user", row["user_name"])
    return (_credential(row), user) if user is not None else None


def is_worth_a_note(credential: Credential, now: datetime) -> bool:
    """Whether it was last noted long enough ago to note that it is used."""
    last = credential.last_used_at
    return last is None or now - last >= _TOUCH_AFTER


def note_use(writer: Writer, credential_id: int) -> None:
    """Note that a session or token was used just now."""
    own = sa.update(credentials).where(credentials.c.id == credential_id)
    writer._connection.execute(own.values(last_used_at=writer.now))


def make_token(
    writer: Writer,
    user_name: str,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> Made:
    """Make an API token for a user. Raises RecordNotFound, InvalidRecord."""
    user: User = writer.need("user", user_name)
    problems = _token_problems(writer, user, name, scopes, expires_at)
    if problems:
        raise InvalidRecord(problems)
    ordered = [scope for scope in SCOPES if scope in scopes]
    made = _make(writer, CredentialKind.TOKEN, user, ordered, expires_at, name=name.strip())
    said = {"user": user_name, "name": name.strip(), "scopes": ordered, "expires_at": expires_at}
    changes = {field: (None, plain(value)) for field, value in said.items()}
    writer.write_history("token", made.credential.id, "created", 1, changes)
    return made


def credentials_of(
    reader: Reader, user: str | None = None, *, kind: CredentialKind | None = None
) -> list[Credential]:
    """The sessions and tokens that there are, of one user or of all; also those that ran out."""
    query = sa.select(credentials).order_by(credentials.c.id)
    if user is not None:
        query = query.where(credentials.c.user_name == user)
    if kind is not None:
        query = query.where(credentials.c.kind == kind)
    return [_credential(row) for row in reader._connection.execute(query).mappings()]


def revoke(writer: Writer, credential_id: int, *, owner: str | None = None) -> Credential:
    """End a session or token; with an ``owner`` only one of his.

    Raises RecordNotFound, also for somebody else's: nobody is told what others have.
    """
    query = sa.select(credentials).where(credentials.c.id == credential_id)
    row = writer._connection.execute(query).mappings().first()
    if row is None or owner not in (None, row["user_name"]):
        raise RecordNotFound("token", credential_id)
    writer._connection.execute(sa.delete(credentials).where(credentials.c.id == credential_id))
    ids.retire(writer._connection, credentials, credential_id)
    if row["kind"] == CredentialKind.TOKEN:
        writer.write_history("token", credential_id, "revoked", 2, {"name": (row["name"], None)})
    return _credential(row)


def set_password(writer: Writer, user_name: str, password_hash: str, *, keep: int = 0) -> User:
    """Give a user a new password; his sessions end, but for the one of the id ``keep``."""
    changes = {"password_hash": password_hash}
    user: User = writer.change("user", user_name, changes, action="password changed")
    attempts.forgive(writer, user_name, None)
    writer._connection.execute(
        sa.delete(credentials).where(
            credentials.c.user_name == user_name,
            credentials.c.kind == CredentialKind.SESSION,
            credentials.c.id != keep,
        )
    )
    return user


def check_new_password(reader: Reader, user_name: str, password: str) -> None:
    """Raise RecordNotFound for nobody, InvalidRecord for a password that is too weak."""
    if reader.get("user", user_name) is None:
        raise RecordNotFound("user", user_name)
    least = reader.settings(AccessSettings).password_length
    weakness = passwords.find_weakness(password, least=least, user=user_name)
    if weakness is not None:
        raise InvalidRecord([Problem("password", weakness)])


async def change_own_password(
    store: Store, user: User, current: str, new: str, *, keep: int, address: str
) -> None:
    """Change one's password, which takes the current one; other sessions end.

    Raises InvalidRecord, TooManyAttempts.
    """
    known = await store.write(lambda w: _begin(w, user.name, address))
    if not await passwords.is_right(known.password_hash if known else None, current):
        raise InvalidRecord([Problem("current", "is not the current password")])
    await store.read(lambda r: check_new_password(r, user.name, new))
    hashed = await passwords.hash_password(new)
    await store.write(lambda w: set_password(w, user.name, hashed, keep=keep))


def drop_expired(writer: Writer) -> int:
    """Delete sessions and tokens that ran out; return how many there were."""
    is_over = credentials.c.expires_at <= writer.now
    return writer._connection.execute(sa.delete(credentials).where(is_over)).rowcount


def _begin(writer: Writer, name: str, address: str) -> User | None:
    attempts.count(writer, name, address)
    lowered = sa.literal(name.strip().lower(), StorableText())
    query = sa.select(users.c.name).where(
        sa.or_(users.c.name == name.strip(), sa.func.lower(users.c.email) == lowered),
        users.c.is_active,
    )
    found = sorted(writer._connection.execute(query).scalars(), key=lambda n: n != name.strip())
    return writer.get("user", found[0]) if found else None


def _make(
    writer: Writer,
    kind: CredentialKind,
    user: User,
    scopes: Sequence[str],
    expires_at: datetime | None,
    *,
    name: str = "",
    address: str = "",
) -> Made:
    secret = _PREFIX[kind] + secrets.token_urlsafe(32)
    values = {
        "digest": digest_of(secret),
        "kind": kind,
        "user_name": user.name,
        "name": name,
        "scopes": tuple(scopes),
        "address": address,
        "created_at": writer.now,
        "expires_at": expires_at,
    }
    values |= ids.next_id(writer._connection.dialect.name, credentials)
    insert = sa.insert(credentials).values(values).returning(credentials)
    row = writer._connection.execute(insert).mappings().one()
    return Made(secret=secret, credential=_credential(row))


def _token_problems(
    reader: Writer, user: User, name: str, scopes: Sequence[str], expires_at: datetime | None
) -> list[Problem]:
    problems = []
    if not name.strip():
        problems.append(Problem("name", "is required: what is the token for?"))
    if not scopes:
        problems.append(Problem("scopes", "takes one of read, write, admin at least"))
    for scope in scopes:
        if scope not in SCOPES:
            problems.append(Problem("scopes", f"{scope!r} is none of {', '.join(SCOPES)}"))
        elif scope not in scopes_of(user):
            problems.append(Problem("scopes", f"{scope!r} is not for the role of {user.role}"))
    longest = reader.settings(AccessSettings).longest_token_days
    if expires_at is not None and expires_at <= reader.now:
        problems.append(Problem("expires_at", "is over already"))
    if longest is not None:
        limit = reader.now + timedelta(days=longest)
        if expires_at is None or expires_at > limit:
            problems.append(Problem("expires_at", f"takes {longest} days at most"))
    return problems


def _credential(row: Any) -> Credential:
    return Credential(
        id=row["id"],
        kind=CredentialKind(row["kind"]),
        user=row["user_name"],
        name=row["name"],
        scopes=tuple(row["scopes"]),
        address=row["address"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
    )
