"""Errors of the store: what failed, in which store, what to do about it."""

from __future__ import annotations


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
