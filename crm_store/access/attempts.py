"""Attempts to sign in: counted before the password is looked at, slowed down after failures.

A user has to wait after :data:`FREE_OF_USER` failures in a row, an address after
:data:`FREE_OF_ADDRESS`: a second, then two, four, … up to a limit. While somebody waits his
attempts are not counted, so that nobody is locked out for good by somebody else. What is counted
is forgotten after a day. Names and addresses are kept as hashes: people type their passwords into
the wrong field.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa

from crm_store.engines import upserts
from crm_store.errors import TooManyAttempts
from crm_store.tables import sign_in_failures
from crm_store.writer import Writer

FREE_OF_USER, LONGEST_OF_USER = 5, timedelta(minutes=1)
FREE_OF_ADDRESS, LONGEST_OF_ADDRESS = 20, timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(days=1)


def count(writer: Writer, name: str, address: str) -> None:
    """Count one more attempt; TooManyAttempts while the user or the address has to wait."""
    known = [(subject, *_known(writer, subject)) for subject in _subjects(name, address)]
    waits = [wait_for(subject, n, last_at, writer.now) for subject, n, last_at in known]
    if any(waits):
        raise TooManyAttempts(
            "too many attempts to sign in", retry_after=ceil(max(waits).total_seconds())
        )
    for subject, failures, _ in known:
        _write(writer, subject, failures + 1)


def forgive(writer: Writer, name: str, address: str | None) -> None:
    """The attempt was a success: the user starts anew, the address has one failure less."""
    for subject in _subjects(name, address or ""):
        failures, _ = _known(writer, subject)
        left = failures - 1 if subject.startswith("address") else 0
        if left > 0:
            _write(writer, subject, left)
        else:
            own = sign_in_failures.c.subject == subject
            writer._connection.execute(sa.delete(sign_in_failures).where(own))


def drop_old(writer: Writer) -> int:
    """Delete what is forgotten; return how much there was."""
    is_old = sign_in_failures.c.last_at < writer.now - _FORGOTTEN_AFTER
    return writer._connection.execute(sa.delete(sign_in_failures).where(is_old)).rowcount


def wait_for(subject: str, failures: int, last_at: datetime | None, now: datetime) -> timedelta:
    """How long it has to wait yet after so many failures in a row."""
    is_user = subject.startswith("user")
    free = FREE_OF_USER if is_user else FREE_OF_ADDRESS
    longest = LONGEST_OF_USER if is_user else LONGEST_OF_ADDRESS
    if last_at is None or failures < free:
        return timedelta(0)
    pause = min(longest, timedelta(seconds=2 ** min(failures - free, 20)))
    return max(timedelta(0), last_at + pause - now)


def _subjects(name: str, address: str) -> list[str]:
    found = [f"user {_hashed(name.strip().casefold())}"]
    if address and not _is_ours(address):
        found.append(f"address {_hashed(address)}")
    return found


def _is_ours(address: str) -> bool:
    """Whether it is this host's: behind a proxy on it everybody comes from there."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _known(writer: Writer, subject: str) -> tuple[int, datetime | None]:
    own = sa.select(sign_in_failures).where(sign_in_failures.c.subject == subject)
    row = writer._connection.execute(own).mappings().first()
    if row is None or row["last_at"] < writer.now - _FORGOTTEN_AFTER:
        return 0, None
    return row["failures"], row["last_at"]


def _write(writer: Writer, subject: str, failures: int) -> None:
    values = {"subject": subject, "failures": failures, "last_at": writer.now}
    statement = upserts.upsert(
        writer._connection.dialect.name,
        sign_in_failures,
        columns=tuple(values),
        key=("subject",),
    )
    writer._connection.execute(statement, values)
