"""The journal is rotated, emptied, hidden, torn: what stands in it is told, once, and right.

A real bridge follows it into a real store; how Asterisk itself writes it is proven in tests/live.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from paper_pbx import PaperPbx, bridge_on_paper, rows_of

from pbx_bridge.asterisk import journal
from pbx_bridge.asterisk.journal import JournalCounts

SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def pbx(tmp_path: Path) -> PaperPbx:
    folder = tmp_path / "cel-custom"
    folder.mkdir()
    return PaperPbx(folder / "journal.csv")


def rotate(journal: Path) -> None:
    """logrotate's ``create``."""
    shutil.move(journal, journal.with_name("journal.csv.1"))
    journal.touch()


def copy_and_empty(journal: Path) -> None:
    """logrotate's ``copytruncate``."""
    shutil.copy(journal, journal.with_name("journal.csv.1"))
    os.truncate(journal, 0)


@SQLITE
@pytest.mark.parametrize("way", [rotate, copy_and_empty, Path.unlink])
async def test_a_call_is_told_across_a_journal_that_is_taken_away(
    pbx: PaperPbx, store_url: str, way: Callable[[Path], None]
) -> None:
    """Half of the call in the old file, half in the new one."""
    rows = rows_of(2)
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        pbx.write(rows[:9])
        await bridge.wait_for_calls(1)
        await asyncio.sleep(0.2)  # what is not yet read of an emptied file is lost
        way(pbx.journal)
        pbx.write(rows[9:])
        pbx.play(3)
        await bridge.wait_for_calls(1, 2, 3)


@SQLITE
async def test_journals_that_were_rotated_while_the_bridge_could_not_read_are_finished(
    pbx: PaperPbx, store_url: str
) -> None:
    """Stopped or waiting for its store, it missed two rotations; the older one is compressed."""
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        await bridge.wait_for_calls(1)
        await asyncio.sleep(1.2)  # the mark is kept each second
    names = [pbx.journal.with_name(f"journal.csv.{number}") for number in (1, 2, 3)]
    pbx.play(2)
    shutil.move(pbx.journal, names[2])
    await asyncio.sleep(0.01)
    pbx.play(3)
    shutil.move(pbx.journal, names[1])
    packed = names[1].with_name("journal.csv.2.gz")
    packed.write_bytes(gzip.compress(names[1].read_bytes()))
    shutil.copystat(names[1], packed)
    names[1].unlink()
    await asyncio.sleep(0.01)
    pbx.play(4)
    async with bridge_on_paper(pbx, store_url) as bridge:
        await bridge.wait_for_calls(1, 2, 3, 4)


@SQLITE
async def test_a_journal_that_cannot_be_read_ends_nothing_and_is_read_when_it_can(
    pbx: PaperPbx, store_url: str
) -> None:
    """A folder by its name, links in a circle: the bridge says so, goes on, and loses nothing."""
    aside = pbx.journal.with_name("aside")
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        await bridge.wait_for_calls(1)
        for make in (Path.mkdir, lambda path: path.symlink_to(path)):
            shutil.move(pbx.journal, aside)
            make(pbx.journal)
            await bridge.wait_for_problem("journal: cannot be read")
            pbx.journal.rmdir() if pbx.journal.is_dir() else pbx.journal.unlink()
            shutil.move(aside, pbx.journal)
            await bridge.wait_until_well()
        pbx.play(2)
        await bridge.wait_for_calls(1, 2)


_FOLLOW = """
import asyncio, sys
from pathlib import Path
from pbx_bridge.asterisk.journal import JournalCounts, follow_journal

async def main():
    counts, said = JournalCounts(), ""
    async for batch in follow_journal(Path(sys.argv[1]), counts):
        for item in batch:
            print("row", flush=True)
        if counts.trouble != said:
            said = counts.trouble
            print("trouble" if said else "well", flush=True)

asyncio.run(main())
"""


async def test_a_journal_whose_permission_is_taken_is_read_when_it_is_given_back() -> None:
    """A reader of no rights of its own, as the bridge is: an hour of chmod 000 costs no row."""
    folder = Path("/tmp") / f"journal-{os.getpid()}"
    folder.mkdir()
    journal = folder / "journal.csv"
    journal.write_text("".join(rows_of(1)))
    journal.chmod(0)
    shield = ["setpriv", "--reuid", "nobody", "--clear-groups"] if os.geteuid() == 0 else []
    words = [*shield, sys.executable, "-c", _FOLLOW, str(journal)]
    seen = list[str]()
    reader = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
    try:
        assert reader.stdout is not None
        async with asyncio.timeout(20):
            while not seen or seen[-1] != "well":
                said = (await reader.stdout.readline()).decode().rstrip()
                assert said, f"the reader has ended after {seen}"
                if said == "trouble":
                    journal.chmod(0o644)
                seen += [said] if said in ("row", "trouble", "well") else []
    finally:
        with suppress(ProcessLookupError):
            reader.kill()
        await reader.wait()
        shutil.rmtree(folder)
    assert seen == ["trouble", *["row"] * 17, "well"]


@SQLITE
async def test_a_folder_that_is_missing_at_the_start_is_named_and_followed_when_it_comes(
    pbx: PaperPbx, store_url: str
) -> None:
    """Asterisk writes no row without it: that is said, and the first row behind it is read."""
    pbx.journal.parent.rmdir()
    async with bridge_on_paper(pbx, store_url, is_well=False) as bridge:
        await bridge.wait_for_problem("cel-custom is missing")
        pbx.journal.parent.mkdir()
        await bridge.wait_until_well()
        pbx.play(1)
        await bridge.wait_for_calls(1)


@SQLITE
async def test_torn_rows_cost_themselves_only(pbx: PaperPbx, store_url: str) -> None:
    """Half a row whose rest comes late, or never; a hole of NULs where the disk was full."""
    rows = rows_of(2)
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        pbx.write([rows[0][:100]])
        await bridge.wait_for_calls(1)
        pbx.write([rows[0][100:], *rows[1:]])
        await bridge.wait_for_calls(1, 2)
        pbx.write([rows_of(3)[0][:60], "\0" * 5000])
        pbx.play(4)
        pbx.write(["\0" * 5000, "\n", rows_of(3)[0][:50], "\n"])  # within a quote
        pbx.play(5)
        await bridge.wait_for_calls(1, 2, 4, 5)
        assert await bridge.metric('pbx_bridge_journal_rows_total{how="unreadable",pbx="lab"}') == 2


@SQLITE
async def test_a_file_that_only_has_the_number_of_the_old_one_is_read_whole(
    pbx: PaperPbx, store_url: str
) -> None:
    """Emptied and filled past the mark while the bridge was away, or deleted and made anew."""
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        await bridge.wait_for_calls(1)
        await asyncio.sleep(1.2)
    os.truncate(pbx.journal, 0)
    pbx.write(["# a line of another length\n"])
    pbx.play(2, 3)
    async with bridge_on_paper(pbx, store_url) as bridge:
        await bridge.wait_for_calls(1, 2, 3)


def test_trouble_is_said_once_for_as_long_as_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty times a second would fill the disk that is full already."""
    said: list[str] = []
    log = SimpleNamespace(
        warning=lambda event, **_: said.append(event), info=lambda event, **_: said.append(event)
    )
    monkeypatch.setattr(journal, "_log", log)
    counts = JournalCounts()
    for _ in range(100):
        counts.note_trouble(Path("/j"), "Permission denied")
    counts.note_trouble(Path("/j"), "")
    assert said == ["journal cannot be read", "journal can be read again"]
