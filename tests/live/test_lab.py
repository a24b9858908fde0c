"""The lab itself: what the demo, the other live tests and the bench stand on."""

from __future__ import annotations

import asyncio
import csv
import wave
from array import array
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pbx_bridge.lab import LabError, LabPbx, Phone, SippPhone, Trunk, play_load, speak, wav_seconds
from pbx_bridge.lab.ports import free_media_port, free_port
from tests.live.lags import lag_of

STRANGER = "+61412345678"
POSTER = "+61255501234"
HOSTILE = 'O"Brien \\ [field0] ]]> <b> ${SHELL(id)} | & ; 😀'


def seconds_apart(one: datetime | None, other: datetime | None) -> float:
    """How far apart two instants are; both must have happened."""
    assert one is not None
    assert other is not None
    return abs((one - other) / timedelta(seconds=1))


def loudness(wav: Path) -> float:
    """Root mean square of a 16 bit WAV, 0 to 1; digital silence is 0."""
    with wave.open(str(wav)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    return (sum(sample * sample for sample in samples) / max(1, len(samples))) ** 0.5 / 32768


def running_commands() -> list[bytes]:
    """The command lines of all processes that are still there."""
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            commands.append(path.read_bytes())
    return commands


def test_callers_who_start_at_once_get_ports_of_their_own() -> None:
    """None is given out twice while there are others, though nobody may use his yet."""
    for_sound = [free_media_port() + offset for _ in range(500) for offset in range(4)]
    for_signalling = [free_port() for _ in range(500)]
    assert len(set(for_sound)) == len(for_sound)
    assert len(set(for_signalling)) == len(for_signalling)


async def test_both_ends_of_a_call_tell_the_same_times(trunk: Trunk, alice: Phone) -> None:
    """A stranger's call rings a desk under his name; trunk and phone agree within 0.1 s."""
    async with trunk.dial(STRANGER, POSTER, "Jane Doe", hang_up_after_seconds=1.0) as call:
        ringing = await alice.wait_for_ring()
        assert (ringing.display_name, ringing.number) == ("Jane Doe", STRANGER)
        await call.wait_for_ringing()
        await alice.answer()
        outside = await call.wait_for_end()
    inside = await alice.wait_for_end()

    tolerance = 0.1 + lag_of([outside, inside])
    assert seconds_apart(outside.ringing_at, inside.ringing_at) < tolerance
    assert seconds_apart(outside.answered_at, inside.answered_at) < tolerance
    assert seconds_apart(outside.ended_at, inside.ended_at) < tolerance
    assert (outside.final_status, outside.ended_by) == (200, "caller")
    assert (inside.final_status, inside.ended_by) == (200, "caller")


async def test_a_recording_holds_the_talk_and_no_more(
    pbx: LabPbx, trunk: Trunk, alice: Phone
) -> None:
    """MixMonitor's WAV lasts as long as the two talked, and what they said is on it."""
    before = set(pbx.recordings.iterdir())
    alice.answers_after_seconds = 0.5
    call = await trunk.call(
        STRANGER,
        POSTER,
        hang_up_after_seconds=3.0,
        speech=speak("Hello, I saw your poster. Can you mend my roof?"),
    )
    await asyncio.sleep(0.2)  # the file is closed a moment after the call
    (recording,) = set(pbx.recordings.iterdir()) - before

    assert wav_seconds(recording) == pytest.approx(call.talk_seconds, abs=0.1)
    assert loudness(recording) > 0.02


@pytest.mark.parametrize("is_caller_speaking", [True, False])
async def test_either_side_is_heard_alone(
    pbx: LabPbx, trunk: Trunk, is_caller_speaking: bool
) -> None:
    """Sound really flows both ways: each side alone is on the recording."""
    before = set(pbx.recordings.iterdir())
    words = speak("One, two, three, four, five.")
    async with SippPhone(pbx, "1001", speech=None if is_caller_speaking else words):
        await trunk.call(
            STRANGER,
            POSTER,
            hang_up_after_seconds=2.0,
            speech=words if is_caller_speaking else None,
        )
    await asyncio.sleep(0.2)
    (recording,) = set(pbx.recordings.iterdir()) - before

    assert loudness(recording) > 0.02


async def test_a_caller_can_say_anything_of_himself(pbx: LabPbx, trunk: Trunk) -> None:
    """Quotes, brackets, expressions and emoji leave the trunk as they were given."""
    async with SippPhone(pbx, "1001", reply=486):
        call = await trunk.call(STRANGER, POSTER, HOSTILE, headers={"Privacy": "none; [field1]"})

    invite = call.messages[0]
    assert (call.display_name, invite.header("Privacy")) == (HOSTILE, "none; [field1]")


async def test_four_kilobytes_of_name_get_through(pbx: LabPbx, trunk: Trunk) -> None:
    """A display name of 4 kB is a call like any other."""
    async with SippPhone(pbx, "1001", reply=486) as desk:
        await trunk.call(STRANGER, POSTER, "x" * 4000)

    assert [call.final_status for call in desk.calls] == [486]


@pytest.mark.parametrize("status", [404, 480, 486, 503, 603])
async def test_a_desk_refuses_with_the_status_it_was_told(
    pbx: LabPbx, trunk: Trunk, status: int
) -> None:
    """A scripted phone turns a call down with any status, after ringing."""
    async with SippPhone(pbx, "1001", reply=status) as desk:
        await trunk.call(STRANGER, POSTER)
        (call,) = desk.calls

    assert (call.final_status, call.ended_by, call.ringing_at is not None) == (
        status,
        "callee",
        True,
    )


async def test_a_caller_gives_up_while_it_rings(trunk: Trunk, alice: Phone) -> None:
    """A cancelled call ends on both sides with 487, by the caller, unanswered."""
    outside = await trunk.call(STRANGER, POSTER, cancel_after_seconds=0.4)
    inside = await alice.wait_for_end()

    assert (outside.final_status, outside.ended_by, outside.answered_at) == (487, "caller", None)
    assert (inside.final_status, inside.ended_by, inside.answered_at) == (487, "caller", None)


async def test_a_desk_calls_the_world(trunk: Trunk, alice: Phone) -> None:
    """A softphone dials an outside number, the world answers, the softphone hangs up."""
    async with trunk.outside(reply_after_seconds=0.2) as world:
        await alice.dial("0255501234")
        await alice.wait_for_answer()
        await asyncio.sleep(0.3)
        await alice.hang_up()
        call = await world.wait_for_end()

    assert (call.request_uri.partition("@")[0], call.ended_by) == ("sip:0255501234", "caller")


async def test_a_desk_hands_a_call_on(trunk: Trunk, alice: Phone, carol: Phone) -> None:
    """A blind transfer rings the other desk, which goes on with the caller."""
    carol.answers_after_seconds = 0.2
    async with trunk.dial(STRANGER, POSTER, "Jane Doe") as call:
        await alice.wait_for_ring()
        await alice.answer()
        await call.wait_for_answer()
        await alice.transfer("1003")
        await carol.wait_for_ring()
        await carol.wait_for_answer()
        await carol.hang_up()
        outside = await call.wait_for_end()

    assert (outside.final_status, outside.ended_by) == (200, "callee")


async def test_a_killed_pbx_comes_back_with_its_phones(
    pbx: LabPbx, trunk: Trunk, alice: Phone
) -> None:
    """After SIGKILL the PBX starts on its old ports and knows its registered phones."""
    await asyncio.sleep(1.5)  # Asterisk writes its database once a second
    await pbx.kill()
    assert not pbx.is_running
    await pbx.start()
    alice.answers_after_seconds = 0.1
    call = await trunk.call(STRANGER, POSTER, hang_up_after_seconds=0.2)

    assert call.final_status == 200


async def test_the_journal_grows_with_each_call(pbx: LabPbx, trunk: Trunk, alice: Phone) -> None:
    """Every call is in the CEL journal under its number, in rows of 19 fields."""
    async with SippPhone(pbx, "1002"):
        await trunk.call("+61499000111", POSTER, cancel_after_seconds=0.2)
    with pbx.journal.open(newline="") as file:
        rows = list(csv.reader(file))

    assert {len(row) for row in rows} == {19}
    starts = [row[6] for row in rows if row[0] == "CHAN_START" and row[5].startswith("PJSIP/trunk")]
    assert starts[-1] == "+61499000111"


async def test_a_load_is_counted(pbx: LabPbx) -> None:
    """Of forty calls at once every answered one has its times; refused ones count as failed."""
    async with SippPhone(pbx, "1001", reply_after_seconds=0.05, is_traced=False):
        good = await play_load(pbx, POSTER, rate=20, calls=40, hold_seconds=0.2)
    async with SippPhone(pbx, "1001", reply=486, is_traced=False):
        bad = await play_load(pbx, POSTER, rate=20, calls=10, hold_seconds=0.2)

    assert (good.calls, good.failed, len(good.ringing_seconds)) == (40, 0, 40)
    assert all(0.05 < seconds < 1.0 for seconds in good.answer_seconds)
    assert (bad.calls, bad.failed) == (10, 10)


async def test_a_start_without_a_word_of_complaint() -> None:
    """The lab's own configuration gives Asterisk nothing to warn of."""
    async with LabPbx() as own:
        complaints = [
            line for line in own.log.read_text().splitlines() if "ERROR" in line or "WARN" in line
        ]

    assert complaints == []


async def test_two_pbxs_side_by_side_leave_nothing_behind() -> None:
    """Two labs at once answer for themselves; afterwards neither process nor folder is left."""
    async with LabPbx() as one, LabPbx() as other:
        folders = [one.directory, other.directory]
        await one.cli("database put lab name one")
        await other.cli("database put lab name other")
        answers = [await one.cli("database get lab name"), await other.cli("database get lab name")]
    commands = running_commands()

    assert [answer.split()[-1] for answer in answers] == ["one", "other"]
    assert [folder for folder in folders if folder.exists()] == []
    assert [line for line in commands for folder in folders if str(folder).encode() in line] == []


async def test_an_asterisk_that_does_not_start_says_why() -> None:
    """The error carries Asterisk's own last words and names its log."""
    nowhere = "[directories]\nastdbdir => /nowhere\nastrundir => @DIRECTORY@/run\n"
    with pytest.raises(LabError, match=r"ASTdb initialization failed") as caught:
        async with LabPbx({"asterisk.conf": nowhere}):
            pass

    assert "messages.log" in caught.value.hint
