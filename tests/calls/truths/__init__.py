"""What really happened in the recorded journals, written down from the wire. See README.md."""

from __future__ import annotations

from . import (
    blind_transfers,
    consultations,
    doors,
    forwarded,
    hostile,
    matrix,
    own_calls_out,
    own_dialplans,
    own_machines,
    own_mobiles,
    parking_and_pickup,
    plain,
    queues,
    rt_consultations,
    rt_dial_options,
    rt_forwarded,
    rt_groups,
    rt_machines,
    rt_meetings,
    rt_parked,
    rt_placed,
    rt_queues,
    rt_transfers,
    rt_voicemail,
    unanswered,
    voicemail,
)
from .shape import TrueCall, TrueParty, TrueTransfer, Truths

TRUTHS: Truths = {
    **plain.TRUTHS,
    **forwarded.TRUTHS,
    **unanswered.TRUTHS,
    **queues.TRUTHS,
    **voicemail.TRUTHS,
    **blind_transfers.TRUTHS,
    **consultations.TRUTHS,
    **parking_and_pickup.TRUTHS,
    **doors.TRUTHS,
    **hostile.TRUTHS,
    **own_dialplans.TRUTHS,
    **own_calls_out.TRUTHS,
    **own_machines.TRUTHS,
    **own_mobiles.TRUTHS,
    **matrix.TRUTHS,
    **rt_transfers.TRUTHS,
    **rt_consultations.TRUTHS,
    **rt_parked.TRUTHS,
    **rt_forwarded.TRUTHS,
    **rt_groups.TRUTHS,
    **rt_dial_options.TRUTHS,
    **rt_queues.TRUTHS,
    **rt_machines.TRUTHS,
    **rt_voicemail.TRUTHS,
    **rt_meetings.TRUTHS,
    **rt_placed.TRUTHS,
}

__all__ = ["TRUTHS", "TrueCall", "TrueParty", "TrueTransfer", "Truths"]
