"""What the pages and the API are given by the composition root besides the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pbx_bridge.calls.call import Call
from pbx_bridge.directory import Directory
from pbx_bridge.settling import Bookkeeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What runs beside the API. Without a bridge (as in a test) the defaults do.

    ``configured`` are the settings of the configuration file, by the name of their section: they
    hold until somebody writes that section. ``directory`` is the bridge's own, renewed every few
    seconds. ``calls_up`` tells the calls that are up, with the phones that ring; ``elsewhere`` the
    PBXs whose calls another bridge follows, of which we know only what it has written.
    """

    configured: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    directory: Callable[[], Directory] | None = None
    country: str | None = None
    calls_up: Callable[[], Iterable[Call]] | None = None
    elsewhere: Callable[[], Collection[str]] = frozenset
    recordings: Any = None
    """The folders that recordings are in: :class:`~pbx_bridge.recording_files.RecordingFolders`."""

    lists_folder: Path | None = None
    """Where lists are kept that are uploaded, until they are taken in."""
    lists_most_bytes: int = 1_000_000_000

    def books(self, directory: Directory) -> Bookkeeping:
        """What the writing of a call needs besides the call."""
        return Bookkeeping(directory=directory, country=self.country)


def services_of(given: Any) -> Services:
    """The services that an API call was given; the defaults where it was given none."""
    return given if isinstance(given, Services) else Services()
