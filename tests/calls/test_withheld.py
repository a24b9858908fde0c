"""Which numbers are none, in all the ways in which networks say so."""

from __future__ import annotations

import pytest

from pbx_bridge.calls.identity import is_withheld_number


@pytest.mark.parametrize(
    "number",
    [
        *("", " ", "anonymous", "Anonymous", "ANONYMOUS", "anonymous@anonymous.invalid"),
        *("sip:anonymous@anonymous.invalid", "unknown", "Restricted", "Privacy", "private"),
        *("withheld", "Unavailable", "hidden", "blocked", "asterisk"),
    ],
)
def test_what_networks_send_in_the_place_of_a_number_is_a_withheld_number(number: str) -> None:
    """RFC 3323's anonymous user, and what exchanges and PBXs write instead of it."""
    assert is_withheld_number(number)


@pytest.mark.parametrize(
    "number",
    [
        *(
            "+61491570156",
            "0061491570156",
            "0491570156",
            "1001",
            "0",
            "123456789012345678901234567890",
        ),
        *("alice", "front-desk", "alice@example.com", "unknown-caller-7", "+anon"),
    ],
)
def test_a_number_or_a_name_is_not_withheld(number: str) -> None:
    """Letters are somebody's name at another PBX; length is no secret either."""
    assert not is_withheld_number(number)
