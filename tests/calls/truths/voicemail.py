"""Calls that reached a voicemail box: a box that answers is no human, a message is an outcome."""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, silent

_MESSAGE_FILE = {"recordings": "the message is a sound of this call, but no call recording"}

TRUTHS: Truths = {
    "vm_left": (
        TrueCall(
            linkedid="1795382471.7",
            why="1001 rings out; the beep ended at 2.7 s and the caller speaks until 7 s: a "
            "message, known only from the stream rows.",
            outcome="voicemail",
            dialled_number="7020",
            ended=7.009,
            ring_seconds=1.952,
            parties=(rang("1001"),),
        ),
    ),
    "vm_busy_left": (
        TrueCall(
            linkedid="1795382479.9",
            why="1001 is busy; the beep ended at 0.9 s and the caller speaks until 4.2 s: a "
            "message, known only from the stream rows (hh_vm, to the same clock, says SUCCESS).",
            outcome="voicemail",
            dialled_number="7020",
            ended=4.207,
            parties=(silent("1001"),),
        ),
    ),
    "hh_vm": (
        TrueCall(
            linkedid="1795382557.27",
            why="1001 is busy, the caller leaves a message: the dialplan says vm=SUCCESS.",
            outcome="voicemail",
            caller_number="trunk",
            dialled_number="7120",
            ended=4.209,
            parties=(silent("1001"),),
            ambiguous=_MESSAGE_FILE,
        ),
    ),
    "snippet_vm": (
        TrueCall(
            linkedid="1795384469.151",
            why="1001 is busy, the caller leaves a message: the dialplan says vm=SUCCESS.",
            outcome="voicemail",
            dialled_number="9020",
            ended=4.215,
            parties=(silent("1001"),),
            ambiguous=_MESSAGE_FILE,
        ),
    ),
    "snippet_vm_none": (
        TrueCall(
            linkedid="1795384473.153",
            why="1001 is busy and the caller leaves at the beep: no message (vm=FAILED), so the "
            "call was missed because the phone was busy.",
            outcome="missed",
            missed_reason="busy",
            dialled_number="9020",
            ended=0.515,
            parties=(silent("1001"),),
            untold={
                "ended": "VoiceMail noticed the caller's BYE four seconds late, at 4.5 s",
                "wait_seconds": "as ended",
            },
        ),
    ),
    "vm_pound": (
        TrueCall(
            linkedid="1795382488.13",
            why="No phone is tried; the caller ends his message with # and is thanked.",
            outcome="voicemail",
            dialled_number="7021",
            ended=5.068,
            hangup_cause=16,
        ),
    ),
    "vm_silence": (
        TrueCall(
            linkedid="1795382494.14",
            why="No phone is tried; the caller sends no sound at all and leaves 1.8 s after the "
            "beep, so nobody will ever hear from him.",
            outcome="missed",
            missed_reason="abandoned",
            dialled_number="7021",
            ended=3.005,
            ambiguous={
                "outcome": "the box may have kept an empty message; nothing says whether it did",
                "missed_reason": "as outcome; and no phone was tried that could give the reason",
            },
        ),
    ),
}
