"""The command line over a store of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CommandLine

LAB = '[[pbx]]\nname = "lab"\ntrunks = ["PJSIP/trunk-*"]\ninbound_contexts = ["from-trunk"]\n'


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    """``pbx-bridge`` with an SQLite store that is not there yet, and one PBX called lab."""
    return _lab_command_line(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/store.db")


@pytest.fixture
def cli_on_each_engine(tmp_path: Path, store_url: str) -> CommandLine:
    """The same on SQLite and on PostgreSQL in turn."""
    return _lab_command_line(tmp_path, store_url)


@pytest.fixture
def cli_on_an_empty_store(tmp_path: Path, empty_store_url: str) -> CommandLine:
    """The same without tables, on each engine in turn."""
    return _lab_command_line(tmp_path, empty_store_url)


def _lab_command_line(folder: Path, url: str) -> CommandLine:
    command_line = CommandLine(folder, url)
    command_line.write_config(LAB)
    return command_line


@pytest.fixture(autouse=True)
def sydney(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in Sydney: ten or eleven hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Australia/Sydney")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
