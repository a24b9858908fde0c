"""The same seed breaks the same things; enough of them, and every kind."""

from __future__ import annotations

from chaos.faults import FAULTS, draw_schedule
from chaos.load import draw_callers


def test_a_seed_gives_the_same_faults_again() -> None:
    """What a run has found, the next one can find again."""
    assert draw_schedule(7, 10, bridges=2) == draw_schedule(7, 10, bridges=2)
    assert draw_schedule(7, 10, bridges=2) != draw_schedule(8, 10, bridges=2)


def test_ten_minutes_hold_thirty_faults_of_every_kind_and_five_thousand_calls() -> None:
    """What the promise is measured over, whatever the seed."""
    for seed in range(50):
        schedule = draw_schedule(seed, 10, bridges=2)
        assert len(schedule) >= 30
        assert {fault.what for fault in schedule} == set(FAULTS)
    assert len(draw_callers(9.5, 10)) >= 5000


def test_no_two_calls_share_a_name() -> None:
    """The display name joins the three books."""
    keys = [caller.key for caller in draw_callers(9.5, 10)]
    assert len(keys) == len(set(keys))
