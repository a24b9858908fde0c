"""The list of protections that are taken out to see their tests go red: none is out of date."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.seen_red.page import read_page
from tests.seen_red.protections import ROOT, read_faults, read_protections

PROTECTIONS = read_protections()


@cache
def functions_in(file: Path) -> frozenset[str]:
    """The names of the tests of a file."""
    text = file.read_text("utf-8") if file.exists() else ""
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)\(", text, re.MULTILINE))


def function_of(test: str) -> tuple[str, str]:
    """File and function of ``file::test[case]``."""
    file, _, name = test.partition("::")
    return file, name.partition("[")[0]


def test_what_is_taken_out_is_there() -> None:
    """Each old text stands exactly once in its file: else the code changed, and not the list."""
    times = {(one.name, out.old): out.times_in(ROOT) for one in PROTECTIONS for out in one.out}
    assert times == dict.fromkeys(times, 1)
    assert len({one.name for one in PROTECTIONS}) == len(PROTECTIONS)


def test_every_test_that_must_go_red_is_there() -> None:
    """By its file and name."""
    named = [function_of(test) for one in PROTECTIONS for test in one.red]
    assert [(file, name) for file, name in named if name not in functions_in(ROOT / file)] == []


def test_every_fault_has_a_protection_that_was_taken_out() -> None:
    """Each row of docs/operations.md has an entry, and each test that it names goes red in one."""
    faults = read_faults()
    red = {function_of(test) for one in PROTECTIONS for test in one.red}
    of_fault = {fault for one in PROTECTIONS for fault in one.faults}
    assert of_fault == {fault.what for fault in faults}
    unseen = [
        (fault.what, test)
        for fault in faults
        for file, test in fault.tests
        if not any(test == name and file in {"", where} for where, name in red)
    ]
    assert unseen == []
    assert [fault.what for fault in faults if not fault.tests] == []


def test_every_protection_stands_on_the_page() -> None:
    """docs/seen-red.md says of each test how it failed; `python -m tests.seen_red` writes it."""
    assert set(read_page()) == {(one.name, test) for one in PROTECTIONS for test in one.red}
