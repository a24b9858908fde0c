"""Whether a user may be written as he is: his addresses, and that somebody stays in charge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from crm_store.errors import Problem
from crm_store.records import Role, User
from crm_store.tables import users


def find(connection: sa.Connection, record: Any, before: Any | None) -> Iterator[Problem]:
    """What keeps a user from being written; nothing for any other record."""
    if not isinstance(record, User):
        return
    if record.email is not None and (before is None or record.email != before.email):
        same = sa.func.lower(users.c.email) == sa.func.lower(sa.literal(record.email, sa.Text()))
        others = sa.select(users.c.name).where(same, users.c.name != record.name)
        if connection.execute(others).first() is not None:
            yield Problem("email", "is another user's")
    if before is not None and _is_in_charge(before) and not _is_in_charge(record):
        others = sa.select(users.c.name).where(
            users.c.role == Role.ADMINISTRATOR,
            users.c.is_active,
            users.c.password_hash.is_not(None),
            users.c.name != record.name,
        )
        if connection.execute(others).first() is None:
            name = "role" if record.is_active else "is_active"
            yield Problem(name, "this is the last administrator: make another one first")


def _is_in_charge(user: User) -> bool:
    can_sign_in = user.is_active and user.password_hash is not None
    return can_sign_in and user.role is Role.ADMINISTRATOR
