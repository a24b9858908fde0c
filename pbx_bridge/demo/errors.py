"""What can go wrong in the demo itself, as opposed to a call that came out wrong."""

from __future__ import annotations

from pbx_bridge.errors import PbxBridgeError


class DemoError(PbxBridgeError):
    """The demo cannot begin, or a reader asked for a call that cannot be placed."""
