"""A colleague is asked first: by feature codes and by a switchboard panel.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, spoke

TRUTHS: Truths = {
    "rt_att_declined_back": (
        TrueCall(
            linkedid="1795875438.22",
            why="1001 asks for 1012 (*2), who declines: the caller gets 1001 back.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.415,
            ended=7.074,
            ring_seconds=0.406,
            talk_seconds=3.641,
            parties=(
                spoke("1001"),
                rang("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_blonde_declined": (
        TrueCall(
            linkedid="1795876490.5",
            why="1001 asks for 1012 (*2) and hangs up while it rings; 1012 declines; "
            "1001 is called back.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.417,
            ended=8.415,
            ring_seconds=0.414,
            talk_seconds=5.081,
            parties=(
                spoke("1001"),
                rang("1012"),
            ),
            transfers=(TrueTransfer("blonde", by="1001", to="1012", completed=False),),
            hangup_cause=16,
        ),
    ),
    "rt_atx_three_way": (
        TrueCall(
            linkedid="1795876499.11",
            why="1001 asks 1002 (*2), makes it a talk of three (*3) and leaves; the two go on.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.431,
            ended=9.439,
            ring_seconds=0.409,
            talk_seconds=6.345,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt_atx_aborted": (
        TrueCall(
            linkedid="1795876508.16",
            why="1001 asks 1002 (*2) and takes the caller back (*1).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.408,
            ended=8.417,
            ring_seconds=0.404,
            talk_seconds=5.35,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_atx_caller_gone": (
        TrueCall(
            linkedid="1795876517.21",
            why="The caller hangs up while 1001 asks 1002.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.407,
            ended=4.711,
            ring_seconds=0.403,
            talk_seconds=2.114,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_atx_outside": (
        TrueCall(
            linkedid="1795876524.26",
            why="1001 asks a mobile (*2) and hands over by hanging up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.412,
            ended=8.423,
            ring_seconds=0.405,
            talk_seconds=5.957,
            parties=(
                spoke("1001"),
                spoke("0491570158"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="0491570158", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt_ami_atxfer_queue": (
        TrueCall(
            linkedid="1795876533.31",
            why="A switchboard panel (AMI Atxfer) lets 1001 ask a queue; 1011 takes "
            "it; 1001 hangs up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.413,
            ended=6.42,
            ring_seconds=0.406,
            talk_seconds=4.392,
            parties=(
                spoke("1001"),
                spoke("1011"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1011", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt_out_attended_mobile": (
        TrueCall(
            linkedid="1795876586.53",
            why="1001 calls a customer, asks a mobile (*2) and hands over.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.01,
            answered=0.617,
            ended=7.623,
            ring_seconds=0.605,
            talk_seconds=4.754,
            parties=(
                spoke("0491570158"),
                spoke("0491570159"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="0491570159", completed=True),),
            hangup_cause=16,
        ),
    ),
}
