"""A closed lab: a real Asterisk with its trunk and phones on loopback, for demo, tests and bench.

`LabPbx` is the PBX, `Trunk` the outside world, `Phone` a real softphone, `SippPhone` a scripted one.
All of them are asynchronous context managers that leave nothing behind.
"""

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.pbx import LabPbx

__all__ = ["LabError", "LabPbx"]
