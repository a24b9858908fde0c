"""The same hand-overs on an older Asterisk.

Played on Asterisk 16.28 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, silent, spoke, stepped_in

TRUTHS: Truths = {
    "rt216_n_blind": (
        TrueCall(
            linkedid="1795890045.0",
            why="An agent behind Local/…/n of a queue hands him on (REFER).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.017,
            ended=5.01,
            ring_seconds=0.511,
            talk_seconds=3.498,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt216_n_att": (
        TrueCall(
            linkedid="1795890050.43",
            why="An agent behind Local/…/n of a queue asks a colleague (feature "
            "code) and hands him on.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.017,
            ended=10.007,
            ring_seconds=0.508,
            talk_seconds=5.236,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt216_n_blind_queue_n": (
        TrueCall(
            linkedid="1795890061.107",
            why="An agent behind Local/…/n hands him on (REFER) to a queue, whose "
            "agent is behind Local/…/n as well.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.017,
            ended=5.007,
            ring_seconds=0.51,
            talk_seconds=3.109,
            parties=(
                spoke("1001"),
                silent("1012"),
                spoke("1011"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="610", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt216_n_park": (
        TrueCall(
            linkedid="1795890066.182",
            why="An agent behind Local/…/n parks him (REFER); 1002 fetches him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.015,
            ended=5.007,
            ring_seconds=0.507,
            talk_seconds=2.777,
            parties=(
                spoke("1001"),
                stepped_in("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt216_n_blonde": (
        TrueCall(
            linkedid="1795890072.232",
            why="An agent behind Local/…/n hangs up while the colleague's phone "
            "rings (blonde, feature code); the colleague lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.015,
            ended=9.007,
            ring_seconds=0.507,
            talk_seconds=5.488,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blonde", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt216_n_blind_chain": (
        TrueCall(
            linkedid="1795890081.293",
            why="Handed on from behind Local/…/n, and again from there: three agents.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.021,
            ended=7.007,
            ring_seconds=0.506,
            talk_seconds=5.009,
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
    "rt216_n_out_blind": (
        TrueCall(
            linkedid="1795890089.346",
            why="A call out through Local/…/n; the customer is handed on (REFER) to a colleague.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="700491570158",
            answered_by="00491570158",
            started=0.002,
            answered=0.612,
            ended=3.718,
            ring_seconds=0.611,
            talk_seconds=2.62,
            parties=(
                spoke("00491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
        ),
    ),
    "rt216_n_click_blind": (
        TrueCall(
            linkedid="1795890093.391",
            why="Click-to-call through Local/…/n; the agent hands the customer on "
            "(REFER) to a colleague.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.002,
            answered=1.112,
            ended=5.316,
            ring_seconds=0.605,
            talk_seconds=3.718,
            parties=(
                spoke("0491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
            ambiguous={"ring_seconds": "the agent's own phone rang before"},
        ),
    ),
    "rt216_n_three_way": (
        TrueCall(
            linkedid="1795890100.434",
            why="Agents asked by feature code come together: *2, then *3: caller, "
            "agent (behind Local/…/n) and colleague speak; the agent leaves.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.009,
            ended=10.003,
            ring_seconds=0.504,
            talk_seconds=6.32,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt216_n_redirect": (
        TrueCall(
            linkedid="1795890110.500",
            why="A panel moves him (AMI Redirect) from an agent behind Local/…/n to another desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.009,
            ended=5.011,
            ring_seconds=0.502,
            talk_seconds=3.456,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
}
