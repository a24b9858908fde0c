"""One minute of `make chaos`: two bridges under load, eight faults, three equal books."""

from __future__ import annotations

import pytest

from chaos.kinds import KINDS
from chaos.run import Plan, run

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SEED = 381
"""Kills Asterisk, PostgreSQL and a bridge, rotates, cuts AMI and ARI, freezes, upgrades."""


async def test_a_minute_of_faults_leaves_three_equal_books() -> None:
    """What SIPp placed, what the journal says and what the store holds: call for call the same."""
    said: list[str] = []
    findings = await run(Plan(minutes=1.0, seed=SEED, rate=8.0, bridges=2), said.append)
    assert findings.is_pass, "\n".join(said)
    assert len(findings.faults) == 8
    assert {call.kind.name for call in findings.books.wire} == {kind.name for kind in KINDS}
    assert len(findings.books.store.calls) >= 400
