"""Calls that a colleague fetched: from a parking slot, or off a ringing phone.

Whoever fetches a call dials a code, and that call has its own linkedid until it meets the
customer's: it is no call of its own. Parking is no transfer: nobody is asked to take over.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke, stepped_in

TRUTHS: Truths = {
    "park_feature": (
        TrueCall(
            linkedid="1795383289.68",
            why="1001 parks by #72 and stays to hear the slot until after the caller has left; "
            "1002 fetches him two seconds later.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7003",
            answered_by="1001",
            answered=0.358,
            ended=3.731,
            ring_seconds=0.302,
            talk_seconds=1.392,
            parties=(spoke("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "final_park": (
        TrueCall(
            linkedid="1795384647.502",
            why="As park_feature: the parker's leg outlives the caller, the call does not.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7003",
            answered_by="1001",
            answered=0.366,
            ended=3.755,
            ring_seconds=0.303,
            talk_seconds=1.392,
            parties=(spoke("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "park_refer": (
        TrueCall(
            linkedid="1795383293.71",
            why="1001 parks by REFER to 700: a blind transfer to look at, a parking in fact.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7003",
            answered_by="1001",
            answered=0.357,
            ended=2.57,
            ring_seconds=0.302,
            talk_seconds=0.703,
            parties=(spoke("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "name_park": (
        TrueCall(
            linkedid="1795384250.91",
            why="As park_refer; the caller hangs up.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7803",
            answered_by="1001",
            answered=0.363,
            ended=3.081,
            ring_seconds=0.303,
            talk_seconds=1.708,
            parties=(spoke("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "park_timeout_noanswer": (
        TrueCall(
            linkedid="1795383309.79",
            why="Nobody fetches the caller; after six seconds 1001, who parked him, is rung "
            "again and does not answer. He had spoken with 1001: the call was answered.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7003",
            answered_by="1001",
            answered=0.356,
            ended=10.864,
            ring_seconds=0.302,
            talk_seconds=0.502,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
    "pickup_group": (
        TrueCall(
            linkedid="1795383320.82",
            why="1001 rings; 1002 dials *8, and half a second later has the caller.",
            outcome="answered",
            dialled_number="7001",
            answered_by="1002",
            answered=1.063,
            ended=1.558,
            ring_seconds=1.007,
            talk_seconds=0.495,
            parties=(rang("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "pickup_directed": (
        TrueCall(
            linkedid="1795383322.85",
            why="As pickup_group, by *9 and the number of the phone that rings.",
            outcome="answered",
            dialled_number="7001",
            answered_by="1002",
            answered=1.064,
            ended=1.56,
            ring_seconds=1.009,
            talk_seconds=0.496,
            parties=(rang("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "leg_pickup": (
        TrueCall(
            linkedid="1795383614.353",
            why="As pickup_group, with a user event at the end of the ringing leg.",
            outcome="answered",
            dialled_number="7405",
            answered_by="1002",
            answered=0.963,
            ended=1.461,
            ring_seconds=0.908,
            talk_seconds=0.498,
            parties=(rang("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "final_pickup": (
        TrueCall(
            linkedid="1795384652.505",
            why="As pickup_group.",
            outcome="answered",
            dialled_number="7001",
            answered_by="1002",
            answered=1.081,
            ended=1.572,
            ring_seconds=1.023,
            talk_seconds=0.491,
            parties=(rang("1001"), stepped_in("1002")),
            hangup_cause=16,
        ),
    ),
    "pickup_queue": (
        TrueCall(
            linkedid="1795383324.88",
            why="Two members ring; 1003, who is none, picks the call up from 1002.",
            outcome="answered",
            dialled_number="7030",
            answered_by="1003",
            answered=1.506,
            ended=2.004,
            ring_seconds=1.451,
            talk_seconds=0.498,
            parties=(rang("1002"), rang("1001"), stepped_in("1003")),
            hangup_cause=16,
        ),
    ),
}
