"""A decision as channel variables: the contract with the shipped dialplan.

====================================  =============================================================
``CALLERID(name)``                    what the handset shows
``PBX_BRIDGE_CALL_ID``                the call ID; also names the recording
``PBX_BRIDGE_ROUTE``                  dial, queue, voicemail, closed or blocked; unset: fallback
``PBX_BRIDGE_FIRST``                  what to Dial() first: ``PJSIP/1000``
``PBX_BRIDGE_FIRST_SECONDS``          for how long
``PBX_BRIDGE_DIAL``                   what to Dial() then: ``PJSIP/1001&PJSIP/1002``
``PBX_BRIDGE_QUEUE``                  or the queue to enter
``PBX_BRIDGE_SECONDS``                how long phones ring, or the caller waits in the queue
``PBX_BRIDGE_VOICEMAIL``              the box for whoever was not answered
``PBX_BRIDGE_RECORD``                 yes or no
``PBX_BRIDGE_ANNOUNCE``               the sound to play before anything rings
``PBX_BRIDGE_LABEL``                  the tracking number's label
====================================  =============================================================

What has no value is not set. No value holds a line break, which would inject AMI fields, nor
anything that a dialplan evaluates; the only separator is the ``&`` between two phones.
"""

from __future__ import annotations

from typing import Final

from pbx_bridge.decisions.route_names import check_dial_template, dial_string
from pbx_bridge.decisions.routing import Destination, Route
from pbx_bridge.decisions.safe_text import clean_text

DEFAULT_DIAL_TEMPLATE: Final = "PJSIP/{extension}"

_TEXT_CAP: Final = 80


def channel_variables(
    route: Route,
    call_id: str,
    display_name: str,
    dial_template: str = DEFAULT_DIAL_TEMPLATE,
) -> dict[str, str]:
    """Return the variables to set on the caller's channel, in the order of the module's table.

    Raises ValueError on a dial template that :func:`check_dial_template` refuses.
    """
    check_dial_template(dial_template)
    variables = {
        "CALLERID(name)": clean_text(display_name, cap=_TEXT_CAP),
        "PBX_BRIDGE_CALL_ID": clean_text(call_id, cap=_TEXT_CAP),
    }
    if route.destination is not Destination.FALLBACK:
        variables |= _route_variables(route, dial_template)
    return {name: value for name, value in variables.items() if value}


def _route_variables(route: Route, dial_template: str) -> dict[str, str]:
    first = () if route.first is None else (route.first,)
    return {
        "PBX_BRIDGE_ROUTE": str(route.destination),
        "PBX_BRIDGE_FIRST": dial_string(first, dial_template),
        "PBX_BRIDGE_FIRST_SECONDS": _seconds(route.first_seconds),
        "PBX_BRIDGE_DIAL": dial_string(route.targets, dial_template),
        "PBX_BRIDGE_QUEUE": route.queue or "",
        "PBX_BRIDGE_SECONDS": _seconds(route.seconds),
        "PBX_BRIDGE_VOICEMAIL": route.voicemail_box or "",
        "PBX_BRIDGE_RECORD": "yes" if route.is_recorded else "no",
        "PBX_BRIDGE_ANNOUNCE": route.announcement or "",
        "PBX_BRIDGE_LABEL": clean_text(route.label, cap=_TEXT_CAP),
    }


def _seconds(seconds: int) -> str:
    return str(seconds) if seconds > 0 else ""
