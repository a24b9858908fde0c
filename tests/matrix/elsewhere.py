"""What no row plays, and why."""

from __future__ import annotations

from tests.matrix.row import unplayable


def say_so() -> None:
    """Put it on the page, below the rows."""
    unplayable(
        "Lines",
        "Analogue and ISDN lines (DAHDI), and a hook flash that transfers on them",
        "There is no hardware in a test machine. How their channels are named, and which number a "
        "dial string of theirs holds, is held by unit tests (`tests/calls/test_lines.py`).",
    )
    unplayable(
        "Mobiles",
        "A mobile's own voicemail that lifts where nobody asks for a key",
        "On the wire it is a human who lifts; nothing tells them apart. `follow_me_confirmed` and "
        "`follow_me_not_confirmed` show what an administrator can do.",
    )
    unplayable(
        "Transfers",
        "A call that the PBX gives back to its provider (`Transfer()`, REFER on the trunk)",
        "The lab's provider does not take calls back. The PBX sees a caller who hangs up.",
    )
    unplayable(
        "Faults",
        "The PBX, the bridge, the store or a link that ends in the middle of a call",
        "Played by the tests of those faults and by `make chaos`.",
    )
