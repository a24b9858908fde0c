"""Playing tests on a copy of the sources, whole or with one protection taken out."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pbx_bridge.lab.installation import find_program
from tests.seen_red.protections import ROOT, Protection

_RUN_SECONDS = 900
_TEST_SECONDS = 150
_SAID_CHARACTERS = 120
#: What brings a link or a caller back is taken out: that need not be waited for so long.
_PATIENCE = (
    ("tests/live/bridge.py", "_READY_SECONDS = 60.0", "_READY_SECONDS = 20.0"),
    (
        "pbx_bridge/lab/trunk.py",
        "up_after_seconds: float = 120.0",
        "up_after_seconds: float = 15.0",
    ),
)
_IMPORTS = "import pbx_bridge, crm_store, tests; print(*pbx_bridge.__path__, *crm_store.__path__)"
_NO_PROOF = re.compile(
    r"(?:\w+\.)*(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError"
    r"|UnboundLocalError|AttributeError|TypeError|KeyError)\b"
)
"""What a slip in the list would raise, and no fault."""
_PLACES = re.compile(r"(?:/[\w.+-]+){2,}|0x[0-9a-f]+")


class NotRunError(Exception):
    """The tests could not be played at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one case of a test: ``said`` is the first line of its failure, cut."""

    case: str
    kind: str
    """passed, failed (by what the test asks) or error (of something else)."""
    said: str = ""
    text: str = ""


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the sources as they are now, which everybody on this machine may read."""
    with tempfile.TemporaryDirectory(prefix="seen-red-") as folder:
        root = Path(folder) / "tree"
        Path(folder).chmod(0o755)
        words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True).stdout
        for name in filter(None, listed.decode().split("\0")):
            if (source := ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, root / name)
        for file, old, new in _PATIENCE:
            path = root / file
            path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        _check_imports(root)
        yield root


def _environment(root: Path) -> dict[str, str]:
    """The environment in which the copy's packages are the ones that are imported."""
    return {**os.environ, "PYTHONPATH": str(root)}


def _check_imports(root: Path) -> None:
    """The environment's editable install points to the checkout: see that the copy comes first."""
    words = [sys.executable, "-c", _IMPORTS]
    environment = _environment(root) | {"PYTHONDONTWRITEBYTECODE": "1"}  # what is imported changes
    said = subprocess.run(words, cwd="/", env=environment, capture_output=True, text=True).stdout
    if said.split() != [str(root / "pbx_bridge"), str(root / "crm_store")]:
        raise NotRunError(f"not the copy is imported: {said}")


def play(root: Path, tests: Sequence[str]) -> list[Verdict]:
    """Play tests on a copy; what became of each case.

    Raises:
        NotRunError: none was played, or they did not come to an end.
    """
    report = root.parent / "report.xml"
    words = [find_program("setpriv"), "--pdeathsig", "KILL"]  # it ends with us, the lab with it
    words += [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    words += [f"--junitxml={report}", f"--timeout={_TEST_SECONDS}", *tests]
    with (root.parent / "output.txt").open("w+") as output:
        process = subprocess.Popen(
            words, cwd=root, env=_environment(root), stdout=output, stderr=output
        )
        try:
            process.wait(_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            raise NotRunError(f"no end after {_RUN_SECONDS} s") from None
        finally:
            _end(process)
        output.seek(0)
        if not report.exists():
            raise NotRunError(output.read()[-2000:])
        verdicts = list(_read_report(report))
        output.seek(0)
        if not verdicts:
            raise NotRunError(output.read()[-2000:])
    return verdicts


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its children go with it: the lab sees to that."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read_report(report: Path) -> Iterator[Verdict]:
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        failure, error = case.find("failure"), case.find("error")
        if failure is not None:
            message, text = failure.get("message", ""), failure.text or ""
            kind = "error" if _NO_PROOF.match(message) else "failed"
            yield Verdict(case=name, kind=kind, said=first_line(message, text), text=message + text)
        elif error is not None:
            message = error.get("message", "")
            yield Verdict(case=name, kind="error", said=first_line(message), text=message)
        elif case.find("skipped") is not None:
            yield Verdict(case=name, kind="error", said="skipped")
        else:
            yield Verdict(case=name, kind="passed")


def first_line(message: str, text: str = "") -> str:
    """The first line of a failure, cut; with what stands below, or in the source, if it is bare."""
    first, *rest = [*message.strip().splitlines(), ""]
    line = first
    if first.endswith("assert False"):
        line = f"{first} {rest[0].strip().partition('(')[0]}"
    if first == "AssertionError":
        asked = [each.strip() for each in text.splitlines() if each.strip().startswith("assert ")]
        line = f"{first}: {asked[-1]}" if asked else first
    line = _PLACES.sub("…", line)
    return line if len(line) <= _SAID_CHARACTERS else f"{line[:_SAID_CHARACTERS]}…"


def judge(protection: Protection, verdicts: Sequence[Verdict]) -> dict[str, str]:
    """What each named test said as it failed, as it had to.

    Raises:
        ValueError: one did not fail, or of something else; with every reason.
    """
    said, reasons = dict[str, str](), list[str]()
    for test, words in protection.red.items():
        cases = [one for one in verdicts if one.case == test or one.case.startswith(f"{test}[")]
        if not cases:
            reasons.append(f"{test}: was not played")
        for case in cases:
            if case.kind != "failed":
                reasons.append(f"{case.case}: {case.kind} {case.said}".rstrip())
            elif words not in case.text:
                reasons.append(f"{case.case}: says nothing of {words!r}, but: {case.said}")
            said[test] = case.said
    if reasons:
        raise ValueError("\n".join(reasons))
    return said
