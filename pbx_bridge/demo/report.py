"""What became of the scripted calls: for people, and as one JSON document. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pbx_bridge.demo.judge import Verdict
from pbx_bridge.demo.script import DemoCall


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCall:
    """A scripted call that was played, and what the judge says."""

    call: DemoCall
    call_id: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All calls of a run; ``seconds`` is how long everything took, from nothing."""

    calls: Sequence[JudgedCall]
    seconds: float
    store: str

    @property
    def wrong(self) -> list[JudgedCall]:
        """The calls that came out otherwise than they must."""
        return [each for each in self.calls if not each.verdict.is_right]

    @property
    def is_right(self) -> bool:
        """Whether there were calls and all of them came out right."""
        return bool(self.calls) and not self.wrong

    def to_json(self) -> dict[str, Any]:
        """Return the document that ``demo --once --json`` prints."""
        return {
            "calls": [
                {
                    "key": each.call.key,
                    "title": each.call.title,
                    "call_id": each.call_id,
                    "is_right": each.verdict.is_right,
                    "expected": _plain(each.verdict.expected),
                    "actual": _plain(each.verdict.actual),
                    "problems": list(each.verdict.problems),
                }
                for each in self.calls
            ],
            "summary": {
                "calls": len(self.calls),
                "right": len(self.calls) - len(self.wrong),
                "wrong": len(self.wrong),
                "seconds": round(self.seconds, 1),
                "store": self.store,
            },
        }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 3)
    if hasattr(value, "items"):
        return {key: _plain(each) for key, each in value.items()}
    return value
