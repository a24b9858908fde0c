"""Errors that speak to the administrator: what failed, on which PBX, what to do."""

from __future__ import annotations


class PbxBridgeError(Exception):
    """Base of every error that this package raises on purpose.

    ``hint`` says what the administrator can do about it; the command line prints it below.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(PbxBridgeError):
    """The configuration names an unknown key or a value that cannot be."""


class LinkError(PbxBridgeError):
    """A link to a PBX (ARI, AMI or the journal) cannot be made or was lost."""


class LeaseLapsed(PbxBridgeError):  # noqa: N818 - a state, as StoreLocked is
    """Another bridge may be writing this PBX's calls down by now."""
