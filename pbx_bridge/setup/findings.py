"""What a check found: one line about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Good: as needed. Doubtful: works, but look at it, or cannot be seen from here. Bad."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, how it is and, where it is not good, what to do about it."""

    subject: str
    verdict: Verdict
    what: str
    advice: str = ""


def good(subject: str, what: str) -> Finding:
    """It is as needed."""
    return Finding(subject=subject, verdict=Verdict.GOOD, what=what)


def doubtful(subject: str, what: str, advice: str) -> Finding:
    """It works without, or nobody can tell from here."""
    return Finding(subject=subject, verdict=Verdict.DOUBTFUL, what=what, advice=advice)


def bad(subject: str, what: str, advice: str) -> Finding:
    """It does not work so."""
    return Finding(subject=subject, verdict=Verdict.BAD, what=what, advice=advice)
