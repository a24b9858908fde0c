"""Panels and feature codes that move callers about; conferences with a host.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, spoke, stepped_in

TRUTHS: Truths = {
    "rt2_bridge_app": (
        TrueCall(
            linkedid="1795889471.57",
            why="He hears music; 1004 fetches him by the dialplan's Bridge().",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507154",
            answered_by="1004",
            answered=1.07,
            ended=4.008,
            talk_seconds=2.938,
            parties=(stepped_in("1004"),),
            hangup_cause=16,
        ),
    ),
    "rt2_redirect_chain": (
        TrueCall(
            linkedid="1795889481.53",
            why="A panel moves him from desk to desk to desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507230",
            answered_by="1011",
            answered=0.507,
            ended=5.511,
            ring_seconds=0.505,
            talk_seconds=3.918,
            parties=(
                spoke("1011"),
                spoke("1012"),
                spoke("1013"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_redirect_to_vm": (
        TrueCall(
            linkedid="1795889476.60",
            why="A panel moves him from his agent to voicemail, where he speaks.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507230",
            answered_by="1011",
            answered=0.507,
            ended=6.515,
            ring_seconds=0.505,
            talk_seconds=1.022,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt2_channel_redirect": (
        TrueCall(
            linkedid="1795889487.57",
            why="1003 dials a feature code that moves the caller from 1011 to 1012 "
            "(ChannelRedirect).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507230",
            answered_by="1011",
            answered=0.507,
            ended=4.515,
            ring_seconds=0.505,
            talk_seconds=3.501,
            parties=(
                spoke("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795889489.59",
            why="The feature code.",
            direction="internal",
            outcome="missed",
            missed_reason="failed",
            caller_number="1003",
            caller_name="Carol",
            dialled_number="*48",
            started=1.394,
            ended=1.729,
            ambiguous={"missed_reason": "he did what he came for"},
        ),
    ),
    "rt2_conf_marked": (
        TrueCall(
            linkedid="1795889552.103",
            why="He waits for the host of a conference, who comes, and leaves: that ends it.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507218",
            answered_by="1003",
            answered=1.509,
            ended=3.514,
            talk_seconds=2.002,
            parties=(stepped_in("1003"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795889554.106",
            why="The host.",
            direction="internal",
            outcome="answered",
            caller_number="1003",
            caller_name="Carol",
            dialled_number="8700",
            answered_by="+61491570156",
            started=1.507,
            answered=1.509,
            ended=3.511,
            talk_seconds=2.002,
            parties=(stepped_in("+61491570156"),),
        ),
    ),
    "rt2_dial_G_conf": (
        TrueCall(
            linkedid="1795889927.0",
            why="Dial's G(): both go on into a conference once 1011 has lifted.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507211",
            answered_by="1011",
            answered=1.107,
            ended=3.616,
            ring_seconds=0.606,
            talk_seconds=2.509,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
}
