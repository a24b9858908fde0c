"""The name that a stranger is filed under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.outcomes.workflow import NAME_CAP, name_stranger

NUMBER = "030 44400999"


@pytest.mark.parametrize(
    ("scenario", "caller_name", "expected"),
    [
        ("the network sent a name", "Grace Hopper", "Grace Hopper"),
        ("it sent none", "", NUMBER),
        ("it sent the number for a name", "+49 30 44400999", NUMBER),
        ("it sent a stand-in", "WIRELESS CALLER", NUMBER),
        ("it sent another", " Anonymous ", NUMBER),
        ("the name is nothing but control characters", "\r\n\x00", NUMBER),
        ("the name would inject a line", "Eve\r\nVariable: X", "Eve Variable: X"),
        ("a company keeps its punctuation", 'Smith & Sons, "Ltd"', 'Smith & Sons, "Ltd"'),
        ("any script has letters", "株式会社", "株式会社"),
        ("a very long name is cut", "x" * 4096, "x" * NAME_CAP),
    ],
)
def test_the_name_of_a_stranger(scenario, caller_name, expected):
    """What his network calls him, if that is a name; else his number as people write it."""
    assert name_stranger(caller_name, NUMBER) == expected, scenario


@given(st.text())
def test_whatever_the_network_sends_a_stranger_has_a_name(caller_name):
    """One line, never empty."""
    name = name_stranger(caller_name, NUMBER)
    assert 0 < len(name) <= NAME_CAP
    assert name == " ".join(name.split())
