"""A closed lab: a real Asterisk with its trunk and phones on loopback, for demo, tests and bench.

`LabPbx` is the PBX, `Trunk` the world outside, `Phone` a real softphone, `SippPhone` a scripted
one. All of them are asynchronous context managers, or make some, and leave nothing behind.
"""

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.load import LoadFigures, percentile, play_load
from pbx_bridge.lab.office import find_dialplan, office_files
from pbx_bridge.lab.pbx import LabPbx
from pbx_bridge.lab.phone import IncomingCall, Phone
from pbx_bridge.lab.sip import SipMessage, WireCall
from pbx_bridge.lab.sipp_phone import SippPhone
from pbx_bridge.lab.speech import speak, wav_seconds
from pbx_bridge.lab.trunk import Trunk, TrunkCall

__all__ = [
    "IncomingCall",
    "LabError",
    "LabPbx",
    "LoadFigures",
    "Phone",
    "SipMessage",
    "SippPhone",
    "Trunk",
    "TrunkCall",
    "WireCall",
    "find_dialplan",
    "office_files",
    "percentile",
    "play_load",
    "speak",
    "wav_seconds",
]
