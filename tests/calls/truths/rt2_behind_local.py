"""An agent behind Local/…/n hands his caller on: what moves is the Local channel.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, silent, spoke, stepped_in

TRUTHS: Truths = {
    "rt2_n_blind": (
        TrueCall(
            linkedid="1795889726.0",
            why="An agent behind Local/…/n of a queue hands him on (REFER).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.013,
            ended=5.007,
            ring_seconds=0.506,
            talk_seconds=3.512,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_att": (
        TrueCall(
            linkedid="1795889726.0",
            why="An agent behind Local/…/n of a queue asks a colleague (feature "
            "code) and hands him on.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            started=0.002,
            answered=1.016,
            ended=10.007,
            ring_seconds=0.51,
            talk_seconds=5.239,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_blind_queue_n": (
        TrueCall(
            linkedid="1795889732.5",
            why="An agent behind Local/…/n hands him on (REFER) to a queue, whose "
            "agent is behind Local/…/n as well.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.01,
            ended=5.004,
            ring_seconds=0.506,
            talk_seconds=3.108,
            parties=(
                spoke("1001"),
                silent("1012"),
                spoke("1011"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="610", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_blind_vm": (
        TrueCall(
            linkedid="1795889737.7",
            why="An agent behind Local/…/n hands him on (REFER) to voicemail, where he speaks.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.533,
            ended=6.011,
            ring_seconds=0.504,
            talk_seconds=1.494,
            parties=(spoke("1001"),),
            transfers=(TrueTransfer("blind", by="1001", to="991003", completed=False),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_blind_mobile_left": (
        TrueCall(
            linkedid="1795889738.15",
            why="An agent behind Local/…/n hands him on (REFER) to a mobile that "
            "does not lift; he gives up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.011,
            ended=4.507,
            ring_seconds=0.504,
            talk_seconds=1.029,
            parties=(
                spoke("1001"),
                rang("0491570158"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="0491570158", completed=False),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_park": (
        TrueCall(
            linkedid="1795889743.11",
            why="An agent behind Local/…/n parks him (REFER); 1002 fetches him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.011,
            ended=5.008,
            ring_seconds=0.506,
            talk_seconds=2.784,
            parties=(
                spoke("1001"),
                stepped_in("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_n_blind_chain": (
        TrueCall(
            linkedid="1795889743.20",
            why="Handed on from behind Local/…/n, and again from there: three agents.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.019,
            ended=7.008,
            ring_seconds=0.505,
            talk_seconds=5.007,
            parties=(
                spoke("1001"),
                spoke("1002"),
                spoke("1003"),
            ),
            transfers=(
                TrueTransfer("blind", by="1001", to="1002", completed=True),
                TrueTransfer("blind", by="1002", to="1003", completed=True),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_n_blonde": (
        TrueCall(
            linkedid="1795889749.16",
            why="An agent behind Local/…/n hangs up while the colleague's phone "
            "rings (blonde, feature code); the colleague lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.013,
            ended=9.011,
            ring_seconds=0.503,
            talk_seconds=5.492,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blonde", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_att_declined": (
        TrueCall(
            linkedid="1795889751.26",
            why="An agent behind Local/…/n asks a colleague, who declines; he goes "
            "on with the caller.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.019,
            ended=9.008,
            ring_seconds=0.503,
            talk_seconds=7.989,
            parties=(
                spoke("1001"),
                rang("1012"),
            ),
            hangup_cause=16,
            ambiguous={"talk_seconds": "when he got the caller back"},
        ),
    ),
    "rt2_n_redirect": (
        TrueCall(
            linkedid="1795889758.23",
            why="A panel moves him (AMI Redirect) from an agent behind Local/…/n to another desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.02,
            ended=5.006,
            ring_seconds=0.504,
            talk_seconds=3.449,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_n_out_blind": (
        TrueCall(
            linkedid="1795889760.33",
            why="A call out through Local/…/n; the customer is handed on (REFER) to a colleague.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="700491570158",
            answered_by="00491570158",
            started=0.003,
            answered=0.607,
            ended=3.71,
            ring_seconds=0.605,
            talk_seconds=2.622,
            parties=(
                spoke("00491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
        ),
    ),
    "rt2_n_click_blind": (
        TrueCall(
            linkedid="1795889764.28",
            why="Click-to-call through Local/…/n; the agent hands the customer on "
            "(REFER) to a colleague.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.002,
            answered=1.11,
            ended=5.312,
            ring_seconds=0.603,
            talk_seconds=3.713,
            parties=(
                spoke("0491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
            ambiguous={"ring_seconds": "the agent's own phone rang before"},
        ),
    ),
    "rt2_n_three_way": (
        TrueCall(
            linkedid="1795889769.42",
            why="Agents asked by feature code come together: *2, then *3: caller, "
            "agent (behind Local/…/n) and colleague speak; the agent leaves.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.017,
            ended=10.007,
            ring_seconds=0.511,
            talk_seconds=6.251,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
}
