"""docs/web-hooks.md and docs/mail.md tell the truth: events, placeholders, metrics, the example."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from standardwebhooks.webhooks import Webhook

from crm_store.kinds import KINDS, new_secret
from crm_store.messages.call_events import CALL_EVENTS
from crm_store.messages.mail_templates import PLACEHOLDERS
from pbx_bridge.messages.counts import MessageCounts

ROOT = Path(__file__).parents[2]
HOOKS = (ROOT / "docs/web-hooks.md").read_text("utf-8")
MAIL = (ROOT / "docs/mail.md").read_text("utf-8")
_UNTOLD = {"deactivated", "secret_renewed", "password changed", "password rehashed", "reordered"}
"""What is done with kinds of record whose changes are no events."""


def cells(page: str, heading: str, column: int = 0) -> list[str]:
    """One column of the tables of a section."""
    part = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return [row[column].strip() for row in rows]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def actions() -> Iterator[str]:
    """Every word that the code says of what was done with a record."""
    for folder in ("crm_store", "pbx_bridge"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "action":
                    yield from _word(node.value)
                elif isinstance(node, ast.FunctionDef):
                    for given, default in zip(
                        node.args.kwonlyargs, node.args.kw_defaults, strict=True
                    ):
                        if given.arg == "action" and default is not None:
                            yield from _word(default)


def _word(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_event_is_documented() -> None:
    """Calls by name and in the words of the code; records by their kinds and what is done."""
    listed = cells(HOOKS, "The events")
    told = cells(HOOKS, "The events", 1)
    by_type = {names(one)[0]: said for one, said in zip(listed, told, strict=True) if names(one)}
    for event_type, said in CALL_EVENTS.items():
        assert by_type[event_type].startswith(said), event_type
    kinds = {kind.name for kind in KINDS.values() if kind.is_announced}
    globs = {name for cell in listed for name in names(cell) if name.endswith(".*")}
    assert globs == {f"{kind}.*" for kind in kinds}
    words = {name for cell in listed for name in names(cell) if "." not in name}
    assert set(actions()) - _UNTOLD <= words


def test_every_placeholder_is_documented() -> None:
    """With what is written there, in the order of the code."""
    listed = dict(
        zip(cells(MAIL, "Templates"), cells(MAIL, "Templates", 1), strict=True),
    )
    del listed["placeholder"]
    assert listed == {f"`{{{name}}}`": said for name, said in PLACEHOLDERS.items()}


def test_every_metric_is_documented() -> None:
    """Of both pages, under the names that Prometheus reads."""
    registry = CollectorRegistry()

    class Counted:
        def collect(self) -> Iterator[object]:
            return MessageCounts().metrics()

    registry.register(Counted())  # type: ignore[arg-type]
    shown = re.findall(r"^# TYPE (\w+) ", generate_latest(registry).decode(), re.MULTILINE)
    documented = [
        names(cell)[0].partition("{")[0]
        for page in (HOOKS, MAIL)
        for cell in cells(page, "Metrics")
        if names(cell)
    ]
    assert documented == shown


def test_the_example_verifies_what_is_sent() -> None:
    """Pasted into a receiver it works, in six lines."""
    found = re.search(r"```python\n(.*?)```", HOOKS, re.DOTALL)
    assert found
    assert len([line for line in found[1].splitlines() if line.strip()]) <= 6
    scope: dict[str, object] = {}
    exec(found[1], scope)
    secret, body, now = new_secret(), '{"type":"lead.won"}', datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("evt_1", now, body),
    }
    receive = scope["receive"]
    assert callable(receive)
    assert receive(secret, headers, body) == "lead.won"
