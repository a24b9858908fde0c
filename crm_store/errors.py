"""Errors of the store: what failed, in which store, what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class StoreError(Exception):
    """Base of every error that the store raises on purpose.

    ``hint`` says what the administrator can do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StoreUrlError(StoreError):
    """The URL names no store that can be opened."""


class StoreUnreachable(StoreError):  # noqa: N818 - a state of the store, as ConnectionRefused is
    """The store cannot be opened, or the connection to it was lost."""


class StoreLocked(StoreError):  # noqa: N818
    """Another program held the store for longer than we wait."""


class StoreTooNew(StoreError):  # noqa: N818
    """The store was migrated by a newer version of this program."""


class StoreNotMigrated(StoreError):  # noqa: N818
    """The store is empty or older than this program: it has to be migrated first."""


class StoreClosed(StoreError):  # noqa: N818
    """The store was closed, or is closing, and takes no more work."""


class CallIdTaken(StoreError):  # noqa: N818
    """Another call has this call ID already: choose another one."""


class UnknownReference(StoreError):  # noqa: N818
    """A record names another one (an owner, a campaign) that is not in the store."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of a record (``field`` is empty for the record as a whole)."""

    field: str
    message: str


def out_of_range(field: str, value: float, least: float, most: float) -> list[Problem]:
    """That a number is not between these two, where it is not."""
    if least <= value <= most:
        return []
    return [Problem(field, f"has to be between {least:g} and {most:g}")]


class RecordError(StoreError):
    """A record cannot be written as it was asked for; nothing was written."""


class InvalidRecord(RecordError):  # noqa: N818 - a state of the record
    """Fields hold what they may not; ``problems`` says which and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        said = "; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in problems)
        super().__init__(said)
        self.problems = tuple(problems)


class RecordNotFound(RecordError):  # noqa: N818
    """There is no such record."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"there is no {kind.replace('_', ' ')} {key!r}")
        self.kind, self.key = kind, key


class MergedInto(RecordNotFound):
    """The record was merged into another one of its kind: ``into`` is that one's id."""

    def __init__(self, kind: str, key: object, into: int) -> None:
        super().__init__(kind, key)
        said = kind.replace("_", " ")
        self.args = (f"{said} {key!r} was merged into {said} {into}",)
        self.hint = f"ask for {said} {into}"
        self.into = into


class RecordExists(RecordError):  # noqa: N818
    """There is a record of that name already."""


class VersionConflict(RecordError):  # noqa: N818
    """Somebody else has changed the record since it was read.

    ``current`` is its version now; ``expected`` the one that the change was made for.
    """

    def __init__(self, kind: str, key: object, *, expected: int, current: int) -> None:
        super().__init__(
            f"{kind.replace('_', ' ')} {key!r} was changed by somebody else: "
            f"it is at version {current}, not {expected}",
            hint="read it again, and change what is there now",
        )
        self.expected, self.current = expected, current


class NotPossible(RecordError):  # noqa: N818
    """The record is not in a state in which this can be done with it."""


class NotAllowed(StoreError):  # noqa: N818
    """The user's role does not allow it: he may see the thing, but not do this with it."""


class SignInRefused(StoreError):  # noqa: N818
    """The name or the password is wrong: nobody is told which."""


class TooManyAttempts(StoreError):  # noqa: N818
    """Signing in has failed too often; ``retry_after`` is how many seconds to wait."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, hint=f"try again in {retry_after} s")
        self.retry_after = retry_after
