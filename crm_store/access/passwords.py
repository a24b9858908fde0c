"""Passwords: hashed with argon2id, which takes a good part of a second and 64 MiB on purpose.

The asynchronous functions hash in a thread, two at a time: a flood of sign-ins neither stops the
event loop nor eats the memory.
"""

from __future__ import annotations

import asyncio
import unicodedata
from functools import cache
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 1024
"""Characters: more is refused before anything is hashed."""
_AT_ONCE = 2

hasher = PasswordHasher()
"""RFC 9106's parameters for little memory, as argon2-cffi keeps them up to date."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def hash_now(password: str) -> str:
    """Hash a password, here and now: for the command line."""
    return hasher.hash(_bytes(password))


def is_right_now(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Takes as long where there is none to compare with."""
    try:
        hasher.verify(password_hash or _nobodys_hash(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


async def hash_password(password: str) -> str:
    """Hash a password, off the event loop."""
    async with _turn():
        return await asyncio.to_thread(hash_now, password)


async def is_right(password_hash: str | None, password: str) -> bool:
    """Whether this is the password, found out off the event loop."""
    async with _turn():
        return await asyncio.to_thread(is_right_now, password_hash, password)


def is_outdated(password_hash: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return hasher.check_needs_rehash(password_hash)


def find_weakness(password: str, *, least: int, user: str) -> str | None:
    """Why a password is too weak to be taken, in words; None when it is not."""
    if len(password) < least:
        return f"takes {least} characters at least"
    if len(password) > LONGEST:
        return f"takes {LONGEST} characters at most"
    if password.casefold() == user.casefold() or len(set(password)) < 4:
        return "is too easy to guess"
    return None


def _bytes(password: str) -> bytes:
    """The same bytes however a keyboard composes its accents."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobodys_hash() -> str:
    return hasher.hash(b"nobody's")


def _turn() -> asyncio.Semaphore:
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))
