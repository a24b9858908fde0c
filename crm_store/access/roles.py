"""What each role may do: one table. Pure; which records an agent sees is in ``visibility``.

``docs/access.md`` shows the same table; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from crm_store.errors import NotAllowed
from crm_store.records import Role, User


class Deed(StrEnum):
    """What can be done with a thing."""

    SEE = "see"
    CHANGE = "change"
    """Make one, and change it."""
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Least:
    """The least role that may do each deed; an agent only with the records that he sees."""

    see: Role
    change: Role
    remove: Role


_A, _M, _AD = Role.AGENT, Role.MANAGER, Role.ADMINISTRATOR

WHO_MAY: Mapping[str, Least] = {
    "lead": Least(_A, _A, _M),
    "contact": Least(_A, _A, _M),
    "account": Least(_A, _A, _M),
    "person_account": Least(_A, _A, _M),
    "activity": Least(_A, _A, _M),
    "case": Least(_A, _A, _M),
    "opportunity": Least(_A, _A, _M),
    "note": Least(_A, _A, _AD),
    "call": Least(_A, _A, _AD),
    "recording": Least(_A, _AD, _AD),
    "product": Least(_A, _M, _M),
    "campaign": Least(_A, _M, _M),
    "tracking_number": Least(_A, _AD, _AD),
    "business_hours": Least(_A, _AD, _AD),
    "listed_number": Least(_A, _M, _M),
    "user": Least(_A, _AD, _AD),
    "group": Least(_A, _AD, _AD),
    "settings": Least(_A, _AD, _AD),
    "report": Least(_M, _M, _M),
    "import": Least(_M, _M, _M),
    "export": Least(_M, _M, _M),
    "merge": Least(_M, _M, _M),
    "recording_look": Least(_M, _AD, _AD),
    "privacy": Least(_AD, _AD, _AD),
}
"""By the name of the kind, or of the thing. What is not named is the administrator's."""

_ONLY_ADMINISTRATORS = Least(_AD, _AD, _AD)
_RANK = {Role.AGENT: 0, Role.MANAGER: 1, Role.ADMINISTRATOR: 2}
_SCOPES = {
    Role.AGENT: frozenset({"read", "write"}),
    Role.MANAGER: frozenset({"read", "write"}),
    Role.ADMINISTRATOR: frozenset({"read", "write", "admin"}),
}


def may(user: User, deed: Deed | str, thing: str) -> bool:
    """Whether a user may do this with things of this name (of those that he sees)."""
    least: Role = getattr(WHO_MAY.get(thing, _ONLY_ADMINISTRATORS), Deed(deed).value)
    return user.is_active and has_role(user, least)


def require(user: User, deed: Deed | str, thing: str) -> None:
    """Raise NotAllowed unless the user may do this with things of this name."""
    if not may(user, deed, thing):
        least: Role = getattr(WHO_MAY.get(thing, _ONLY_ADMINISTRATORS), Deed(deed).value)
        what = thing.replace("_", " ")
        raise NotAllowed(f"to {Deed(deed).value} a {what} takes the role of {least.value}")


def has_role(user: User, least: Role) -> bool:
    """Whether a user has this role, or one that may do more."""
    return _RANK[user.role] >= _RANK[least]


def scopes_of(user: User) -> frozenset[str]:
    """The most that a session or a token of this user can be good for."""
    return _SCOPES[user.role] if user.is_active else frozenset()


def owned_by_default(record: Any, user: User) -> Any:
    """A new record as the user makes it: owned by his first group unless it says by which."""
    has_none = getattr(record, "owner_group", "") is None
    return replace(record, owner_group=user.groups[0]) if has_none and user.groups else record
