"""What the call flow asks of a PBX, in its own words; ``asterisk/`` answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Caller(Protocol):
    """A channel that waits at our door; texts are a stranger's.

    ``is_claimed``: it is in our hands already and has to be let go.
    """

    @property
    def channel_id(self) -> str:
        """The channel's uniqueid."""

    @property
    def channel(self) -> str:
        """The channel's name."""

    @property
    def caller_number(self) -> str:
        """As sent."""

    @property
    def dialled_number(self) -> str:
        """As sent."""

    @property
    def is_withheld(self) -> bool:
        """Whether the network was asked to keep the number back."""

    @property
    def waited_seconds(self) -> float:
        """How long he had waited when we heard of him; more than no time when we were held up."""

    @property
    def is_claimed(self) -> bool:
        """Whether the channel is in our hands already."""


class Switchboard(Protocol):
    """What we may ask of the PBX while a call rings."""

    async def set_variables(self, channel: str, variables: Mapping[str, str]) -> bool:
        """Set variables on the caller's channel; False when it is gone."""

    async def claim(self, channel_id: str) -> bool:
        """Claim the caller; False when another bridge has."""

    async def is_waiting(self, channel_id: str) -> bool:
        """Whether a broadcast caller still stands at the door."""

    async def let_go(self, channel_id: str) -> None:
        """Let the caller go on in the dialplan."""
