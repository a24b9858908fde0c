"""The demo with a shorter script: ``python -m tests.demo.short_demo KEY[,KEY…] [OPTION…]``.

``KEY!`` lets that call expect what cannot come.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from crm_store.records import Outcome
from pbx_bridge.cli import main
from pbx_bridge.demo import opening
from pbx_bridge.demo.script import SCRIPT, DemoCall


def chosen(word: str) -> DemoCall:
    """The scripted call of that key, with a wrong expectation if so marked."""
    (call,) = [each for each in SCRIPT if each.key == word.rstrip("!")]
    if not word.endswith("!"):
        return call
    assert call.expected is not None
    return replace(call, expected=replace(call.expected, outcome=Outcome.VOICEMAIL))


if __name__ == "__main__":
    opening.SCRIPT = tuple(map(chosen, sys.argv[1].split(",")))
    sys.argv = ["pbx-bridge", "demo", *sys.argv[2:]]
    main()
