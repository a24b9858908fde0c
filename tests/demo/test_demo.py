"""The demo as a reader runs it: as a command, with real calls on a real Asterisk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

CHECKOUT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "pbx_bridge", "demo"]
SHORT = [sys.executable, "-m", "tests.demo.short_demo"]
STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A session of its own, so that a demo of the developer's is neither found nor disturbed."""
    own = {"XDG_RUNTIME_DIR": str(tmp_path), "TMPDIR": str(tmp_path), "COLUMNS": "100"}
    return {**os.environ, **own}


def run(
    command: list[str], environment: dict[str, str], timeout_seconds: float = 150
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command,
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
    )


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command that stays up, started as a script starts a job in the background: deaf to SIGINT.

    Killed at the end if the test has not ended it.
    """
    with subprocess.Popen(
        command,
        env=environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(is_true: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def state_of(environment: dict[str, str]) -> dict[str, Any]:
    """What the running demo says of itself; empty when there is none."""
    with suppress(OSError, ValueError):
        text = (Path(environment["XDG_RUNTIME_DIR"]) / "pbx-bridge-demo.json").read_text()
        return dict(json.loads(text))
    return {}


def session_of(process: subprocess.Popen[str]) -> set[int]:
    """Every living process that descends from this one."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                parents[int(stat.parent.name)] = int(fields[1])
    found = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process.pid}


def alive(pids: set[int]) -> set[int]:
    """Those that still run; the dead who wait for their parent do not."""
    return {
        pid
        for pid in pids
        if (status := Path(f"/proc/{pid}/stat")).exists()
        and status.read_text().rpartition(")")[2].split()[0] != "Z"
    }


def test_the_demo_proves_every_scripted_call_and_leaves_nothing_behind(
    environment: dict[str, str],
) -> None:
    """`demo --once --json`: exit 0, one document, each call with what must come of it."""
    done = run([*DEMO, "--once", "--json"], environment)

    document = json.loads(done.stdout)
    assert [call["problems"] for call in document["calls"] if call["problems"]] == []
    assert (done.returncode, done.stderr) == (0, "")
    assert document["summary"]["seconds"] < 90
    actual = {call["key"]: call["actual"] for call in document["calls"]}
    ids = {call["key"]: call["call_id"] for call in document["calls"]}
    assert actual["known_contact"]["handsets"] == {"1001": "Mia Okafor - Banksia Bakery"}
    assert actual["stranger"]["became"]["campaign"] == "Google Ads"
    assert actual["stranger"]["file_seconds"] == pytest.approx(4.0, abs=0.3)
    assert actual["stranger_again"]["leads_of_number"] == 1
    assert actual["stranger_again"]["became"]["about"] == "lead 0491 570 156"
    assert actual["withheld"]["handsets"] == {"1001": f"Withheld {ids['withheld']}"}
    assert actual["withheld"]["found_by_call_id"] == 1
    assert {
        key: (actual[key]["outcome"], actual[key]["missed_reason"])
        for key in ("gives_up", "rings_out", "voicemail", "busy_group", "queue", "closed")
    } == {
        "gives_up": ("missed", "abandoned"),
        "rings_out": ("missed", "no_answer"),
        "voicemail": ("voicemail", None),
        "busy_group": ("missed", "busy"),
        "queue": ("answered", None),
        "closed": ("missed", "closed"),
    }
    assert len(set(ids.values())) == len(ids) == 12
    assert state_of(environment) == {}


def test_the_demo_fails_when_a_call_comes_out_wrong(environment: dict[str, str]) -> None:
    """A wrong outcome is an exit status of 1, and words that say what came instead."""
    done = run([*SHORT, "busy_group!,closed", "--once"], environment)

    assert done.returncode == 1
    assert "✗ 1 of 2 calls came out wrong" in done.stdout
    assert "A busy ring group: outcome: expected voicemail, came missed" in done.stdout


def test_the_demo_runs_on_postgresql(environment: dict[str, str], postgres_url: str) -> None:
    """`--store URL` puts the company into a database of the reader's, and its calls too."""
    short = [*SHORT, "known_contact,busy_group", "--once", "--json", "--store", postgres_url]
    done = run(short, environment)

    assert done.returncode == 0, done.stdout
    summary = json.loads(done.stdout)["summary"]
    assert (summary["right"], summary["store"]) == (2, postgres_url)


def test_a_store_that_holds_customers_is_not_touched(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The demo writes into an empty store only: a CRM in use stays as it is."""
    store = ["--store", f"sqlite+aiosqlite:///{tmp_path}/crm.db"]
    assert run([*SHORT, "busy_group", "--once", *store], environment).returncode == 0

    again = run([*SHORT, "busy_group", "--once", *store], environment)

    assert again.returncode == 2
    assert "the store already holds calls or customers" in again.stderr


def test_a_reader_calls_into_the_demo_that_runs(environment: dict[str, str]) -> None:
    """`demo call` finds the demo, gets told what came of the call, and says so when none runs."""
    none = run([*DEMO, "call"], environment)
    assert (none.returncode, "no demo is running" in none.stderr) == (2, True)

    with running([*SHORT, "busy_group"], environment) as demo:
        wait_until(lambda: state_of(environment), "the demo announces itself")
        caller = ["--from", "0491571266", "--to", "0255500101", "--name", "Ada"]
        done = run([*DEMO, "call", *caller, "--seconds", "1"], environment)
        second = run(DEMO, environment)
        demo.send_signal(signal.SIGINT)
        output, _ = demo.communicate(timeout=20)

    assert done.returncode == 0, done.stderr
    assert "answered by Alice" in done.stdout
    assert "new lead Ada" in done.stdout
    assert (second.returncode, "a demo is already running" in second.stderr) == (2, True)
    assert demo.returncode == 0
    assert "Your call" in output
    assert state_of(environment) == {}


@pytest.mark.parametrize("number", STOPPING, ids=[each.name for each in STOPPING])
def test_a_demo_that_is_stopped_leaves_no_process_behind(
    environment: dict[str, str], number: signal.Signals
) -> None:
    """Ctrl-C, a polite kill, a terminal that goes away and kill -9: everything ends with it."""
    with running(DEMO, environment) as demo:
        wait_until(lambda: state_of(environment), "the demo announces itself")
        started, folder = session_of(demo), Path(state_of(environment)["config"]).parent
        assert len(started) >= 6  # Asterisk, the bridge, five phones, the world outside
        demo.send_signal(number)
        demo.wait(timeout=20)

        wait_until(lambda: not alive(started), f"these end, too: {alive(started)}", seconds=5)

    if number is not signal.SIGKILL:
        assert not folder.exists()
        assert state_of(environment) == {}
    else:
        assert run([*DEMO, "call"], environment).returncode == 2
        shutil.rmtree(folder)
