"""What an administrator changes without a restart: one section for each subject.

A section is a frozen dataclass with a ``name``; its defaults hold until somebody writes it, and
for every key that came into being after he did.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, TypeVar


class Section(Protocol):
    """One subject's settings."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    name: ClassVar[str]


S = TypeVar("S", bound=Section)
