"""Many calls at a steady rate, and how quickly each was rung and answered."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.pbx import LabPbx
from pbx_bridge.lab.scenarios import caller_scenario
from pbx_bridge.lab.sip import WireCall
from pbx_bridge.lab.sipp import Sipp
from pbx_bridge.lab.trunk import TRUNK_ADDRESS

_RINGING, _ANSWER = "1", "2"  # the scenario's response time timers

_Times = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFigures:
    """What became of a load; times in seconds, ascending, one per call that got so far."""

    calls: int
    failed: int
    duration_seconds: float
    ringing_seconds: tuple[float, ...]
    answer_seconds: tuple[float, ...]

    @property
    def calls_per_second(self) -> float:
        """Successful calls over the whole duration, the last hang-up included."""
        return (self.calls - self.failed) / self.duration_seconds


def percentile(ascending: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of sorted values, ``share`` from 0 to 1."""
    if not ascending:
        raise LabError("no call got that far: there is nothing to take a percentile of")
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


async def play_load(
    pbx: LabPbx,
    to_number: str,
    *,
    rate: float,
    calls: int,
    hold_seconds: float,
    from_prefix: str = "+6140000",
    max_at_once: int = 2000,
    is_traced: bool = True,
) -> LoadFigures:
    """Place ``calls`` calls at ``rate`` a second, each held ``hold_seconds`` after its answer.

    Every caller has a number of his own: ``from_prefix`` and the call's number of SIPp. There is no
    sound. A call has failed when it was refused, or was not answered within 10 s. Tracing gives
    times to the microsecond instead of the millisecond, and costs SIPp some of its ceiling.
    """
    scenario = caller_scenario(hang_up_after_seconds=hold_seconds)
    sipp = Sipp(
        scenario.replace("[lab_from]", f"<sip:{from_prefix}[call_number]@{TRUNK_ADDRESS}>"),
        remote=("127.0.0.1", pbx.sip_port),
        address=TRUNK_ADDRESS,
        keys={"lab_to": to_number},
        options=(
            *("-m", str(calls), "-r", f"{rate:g}", "-l", str(max_at_once), "-recv_timeout", "10s"),
            *("-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-stf", "stat.csv", "-fd", "1"),
            *("-timeout", f"{calls / rate + hold_seconds + 60:.0f}s"),
        ),
        is_traced=is_traced,
    )
    async with sipp:
        await sipp.wait()
        folder = sipp.directory
        times = _times_on_the_wire(sipp.wire_calls()) if is_traced else _times_of_timers(folder)
        return _read_figures(folder, times)


def _read_figures(folder: Path, times: _Times) -> LoadFigures:
    ringing, answer = times
    with (folder / "stat.csv").open(newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    calls = int(last["TotalCallCreated"])
    hours, minutes, seconds = last["ElapsedTime(C)"].split(":")[:3]
    return LoadFigures(
        calls=calls,
        failed=calls - len(answer),
        duration_seconds=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
        ringing_seconds=ringing,
        answer_seconds=answer,
    )


def _times_on_the_wire(calls: Sequence[WireCall]) -> _Times:
    """Return INVITE to ringing and INVITE to answer, to the microsecond."""
    ringing = (call.ringing_at - call.invited_at for call in calls if call.ringing_at)
    answer = (call.answered_at - call.invited_at for call in calls if call.answered_at)
    return (
        tuple(sorted(time.total_seconds() for time in ringing)),
        tuple(sorted(time.total_seconds() for time in answer)),
    )


def _times_of_timers(folder: Path) -> _Times:
    """Return the same from SIPp's own timers, which tick in milliseconds."""
    times: dict[str, list[float]] = {_RINGING: [], _ANSWER: []}
    for trace in folder.glob("*_rtt.csv"):
        with trace.open(newline="") as file:
            for row in list(csv.reader(file, delimiter=";"))[1:]:
                times[row[2].strip()].append(float(row[1]) / 1000)
    return tuple(sorted(times[_RINGING])), tuple(sorted(times[_ANSWER]))
