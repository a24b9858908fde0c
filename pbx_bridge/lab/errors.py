"""What can go wrong in the lab."""

from __future__ import annotations

from pbx_bridge.errors import PbxBridgeError


class LabError(PbxBridgeError):
    """A part of the lab is not installed, did not start, or did not do in time what was asked."""
