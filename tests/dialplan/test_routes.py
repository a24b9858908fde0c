"""Each route of the bridge, and each way in which it can end."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from dialplan_lab import ANSWERING, BUSY, NUMBER, SILENT, DialplanLab, door

pytestmark = pytest.mark.live

BOX = "1001@default"
CONGESTED = "Local/congestion@test-phone/n"
UNREGISTERED = "PJSIP/1001"


def seconds_of(path: Path) -> float:
    """The length of a WAV file."""
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


@pytest.fixture
def announcement(tmp_path: Path) -> str:
    """Half a second of silence, named as Playback() takes it."""
    with wave.open(str(tmp_path / "recorded.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000))
    return str(tmp_path / "recorded").replace("[", "").replace("]", "")


async def test_the_phone_shows_what_the_bridge_says(lab: DialplanLab) -> None:
    """The route is dialled with the per-phone handler, and the journal carries the call ID."""
    async with lab.bridge(
        ROUTE="dial", DIAL=ANSWERING, SECONDS="7", CALL_ID="7K4Q2M", name="Ada Müller - Acme"
    ):
        story = await lab.call(name="Bob")
    assert await lab.shown_name() == "Ada%20M%C3%BCller%20-%20Acme"
    assert story.apps == [
        door(NUMBER),
        ("Dial", f"{ANSWERING},7,b(pbx-bridge-leg^s^1)"),
    ]
    start = "pres=allowed_not_screened|rdnis=|reason=unknown"
    ends = "ring_ms=|queue=|abandoned=|vm=|vmfile=|recording="
    assert story.user_events == [
        ("PBX_BRIDGE_START", f"{start}|exten={NUMBER}|direction=inbound"),
        ("PBX_BRIDGE_CALL", "id=7K4Q2M|route=dial"),
        ("PBX_BRIDGE_END", f"dialstatus=ANSWER|{ends}"),
    ]


async def test_a_recording_is_named_by_call_id_and_as_long_as_the_talk(lab: DialplanLab) -> None:
    """Neither the door nor the ringing is recorded, and the journal says where the file is."""
    async with lab.bridge(ROUTE="dial", DIAL=ANSWERING, CALL_ID="7K4Q2M", RECORD="yes"):
        story = await lab.call()
    file = lab.pbx.recordings / "7K4Q2M.wav"
    assert story.texts_of("PBX_BRIDGE_RECORDING") == [str(file)]
    assert story.end["recording"] == str(file)
    assert abs(seconds_of(file) - story.bridged_seconds) < 0.1


async def test_without_a_call_id_the_recording_is_named_by_uniqueid(lab: DialplanLab) -> None:
    """The fallback records when the administrator says so."""
    await lab.set_globals(FALLBACK_RECORD="yes", BUDGET_MS="50")
    story = await lab.call()
    assert story.texts_of("PBX_BRIDGE_RECORDING") == [
        str(lab.pbx.recordings / f"{story.caller}.wav")
    ]


async def test_an_announcement_plays_before_anything_rings(
    lab: DialplanLab, announcement: str
) -> None:
    """The caller hears that he is recorded before the phone rings."""
    async with lab.bridge(
        ROUTE="dial", DIAL=ANSWERING, CALL_ID="7K4Q2M", RECORD="yes", ANNOUNCE=announcement
    ):
        story = await lab.call()
    first_dial = next(r for r in story.rows if r["appname"] == "Dial")
    (answered,) = story.rows_of_caller("ANSWER")
    assert answered["appname"] == "Playback"
    assert answered["appdata"] == announcement
    assert answered["eventtime"] < first_dial["eventtime"]
    assert story.bridged_seconds > 0


@pytest.mark.parametrize(
    ("first", "dialled"), [(SILENT, [SILENT, ANSWERING]), (ANSWERING, [ANSWERING])]
)
async def test_the_owner_of_the_contact_rings_first(
    lab: DialplanLab, first: str, dialled: list[str]
) -> None:
    """The group rings only when the owner did not take the call."""
    async with lab.bridge(
        ROUTE="dial", FIRST=first, FIRST_SECONDS="1", DIAL=ANSWERING, CALL_ID="7K4Q2M"
    ):
        story = await lab.call()
    assert story.dialled == dialled
    assert story.end["dialstatus"] == "ANSWER"


@pytest.mark.parametrize(
    ("phone", "status", "cause"),
    [
        (ANSWERING, "ANSWER", 16),
        (BUSY, "BUSY", 17),
        (SILENT, "NOANSWER", 19),
        (UNREGISTERED, "CHANUNAVAIL", 20),
        (CONGESTED, "CONGESTION", 34),
    ],
)
async def test_without_a_box_the_caller_is_told_why(
    lab: DialplanLab, phone: str, status: str, cause: int
) -> None:
    """Each DIALSTATUS ends with the cause that the caller's network understands."""
    async with lab.bridge(ROUTE="dial", DIAL=phone, SECONDS="1", CALL_ID="7K4Q2M"):
        story = await lab.call()
    assert (story.end["dialstatus"], story.hangup_cause) == (status, cause)


@pytest.mark.parametrize(
    ("phone", "greeting"), [(BUSY, "b"), (SILENT, "u"), (UNREGISTERED, "u"), (CONGESTED, "u")]
)
async def test_with_a_box_the_caller_can_leave_a_message(
    lab: DialplanLab, phone: str, greeting: str
) -> None:
    """The greeting says whether the phone was busy or nobody was there."""
    async with lab.bridge(ROUTE="dial", DIAL=phone, SECONDS="1", CALL_ID="7K4Q2M", VOICEMAIL=BOX):
        story = await lab.call(patience_seconds=1.5)
    assert story.apps[-1] == ("VoiceMail", f"{BOX},{greeting}")


async def test_a_caller_who_hangs_up_first_is_a_cancelled_call(lab: DialplanLab) -> None:
    """CANCEL is journaled although the dialplan runs no further."""
    async with lab.bridge(ROUTE="dial", DIAL=SILENT, CALL_ID="7K4Q2M", VOICEMAIL=BOX):
        story = await lab.call(patience_seconds=0.5)
    assert story.end["dialstatus"] == "CANCEL"
    assert [app for app, _ in story.apps] == ["StasisBroadcast", "Dial"]


@pytest.mark.parametrize(
    ("status", "cause"),
    [("DONTCALL", 21), ("TORTURE", 21), ("ANSWER", 16), ("CANCEL", 16), ("NEWER", 16)],
)
async def test_rare_answers_of_dial_have_a_branch_too(
    lab: DialplanLab, status: str, cause: int
) -> None:
    """Privacy screening, a completed call, and a status that this Asterisk does not have yet."""
    story = await lab.call(f"s-{status}", context="pbx-bridge-dialled")
    assert story.hangup_cause == cause


@pytest.mark.parametrize(
    ("queue", "end", "bridged"),
    [
        ("answering", {}, True),
        ("silent", {"queue": "TIMEOUT", "abandoned": "TRUE"}, False),
        ("empty", {"queue": "JOINEMPTY"}, False),
        ("leaving", {"queue": "LEAVEEMPTY", "abandoned": "TRUE"}, False),
    ],
)
async def test_a_queue_ends_as_its_status_says(
    lab: DialplanLab, queue: str, end: dict[str, str], bridged: bool
) -> None:
    """The caller waits for as long as the bridge said, and the journal tells how it was."""
    async with lab.bridge(ROUTE="queue", QUEUE=queue, SECONDS="1", CALL_ID="7K4Q2M"):
        story = await lab.call(patience_seconds=5)
    assert story.apps[-1] == ("Queue", f"{queue},b(pbx-bridge-leg^s^1),,,1")
    assert story.end == end
    assert (story.bridged_seconds > 0) is bridged


@pytest.mark.parametrize(
    ("status", "greeting"),
    [
        *[("TIMEOUT", "u"), ("FULL", "b"), ("JOINEMPTY", "u"), ("LEAVEEMPTY", "u")],
        *[("JOINUNAVAIL", "u"), ("LEAVEUNAVAIL", "u"), ("WITHDRAW", "u")],
    ],
)
async def test_every_queue_status_leads_to_the_box(
    lab: DialplanLab, status: str, greeting: str
) -> None:
    """Nobody in the queue took the call: a message can be left."""
    await lab.set_globals(PLAN_VOICEMAIL=BOX)
    story = await lab.call(f"s-{status}", context="pbx-bridge-queued", patience_seconds=0.3)
    await lab.set_globals(PLAN_VOICEMAIL="")
    assert story.apps == [("VoiceMail", f"{BOX},{greeting}")]


async def test_closed_hours_are_noted_and_announced(lab: DialplanLab, announcement: str) -> None:
    """Nothing rings; after the announcement a message can be left."""
    async with lab.bridge(ROUTE="closed", CALL_ID="7K4Q2M", ANNOUNCE=announcement, VOICEMAIL=BOX):
        story = await lab.call(patience_seconds=2)
    assert story.notes == ["closed"]
    assert [app for app, _ in story.apps] == ["StasisBroadcast", "VoiceMail"]


async def test_closed_hours_without_a_box_end_after_a_goodbye(lab: DialplanLab) -> None:
    """With neither sound nor box Asterisk's own goodbye is better than silence."""
    async with lab.bridge(ROUTE="closed", CALL_ID="7K4Q2M"):
        story = await lab.call()
    (answered,) = story.rows_of_caller("ANSWER")
    assert (answered["appname"], answered["appdata"]) == ("Playback", "vm-goodbye")
    assert story.hangup_cause == 16


async def test_a_blocked_caller_is_declined_unanswered(lab: DialplanLab) -> None:
    """Nothing rings, nothing answers, and the journal says why."""
    async with lab.bridge(ROUTE="blocked", CALL_ID="7K4Q2M"):
        story = await lab.call()
    assert story.notes == ["blocked"]
    assert story.hangup_cause == 21
    assert story.rows_of_caller("ANSWER") == []


async def test_straight_to_the_box(lab: DialplanLab) -> None:
    """The route voicemail rings nobody."""
    async with lab.bridge(ROUTE="voicemail", CALL_ID="7K4Q2M", VOICEMAIL=BOX):
        story = await lab.call(patience_seconds=0.5)
    assert [app for app, _ in story.apps] == ["StasisBroadcast", "VoiceMail"]


async def test_a_known_call_without_a_route_takes_the_fallback(lab: DialplanLab) -> None:
    """The bridge knows the call but not the number: its call ID and name count all the same."""
    async with lab.bridge(CALL_ID="7K4Q2M", name="Ada"):
        story = await lab.call()
    assert story.texts_of("PBX_BRIDGE_CALL") == ["id=7K4Q2M|route=fallback"]
    assert (story.notes, story.dialled) == ([], [ANSWERING])
    assert await lab.shown_name() == "Ada"


@pytest.mark.parametrize(
    "answers",
    [
        {"ROUTE": "nonsense"},
        {"ROUTE": "dial"},
        {"ROUTE": "dial", "DIAL": "1001"},
        {"ROUTE": "dial", "DIAL": "PJSIP/&PJSIP/1001"},
        {"ROUTE": "queue"},
        {"ROUTE": "queue", "QUEUE": "no-such-queue"},
        {"ROUTE": "voicemail"},
    ],
)
async def test_a_route_that_leads_nowhere_takes_the_fallback(
    lab: DialplanLab, answers: dict[str, str]
) -> None:
    """A slip in the bridge's settings does not cost the call."""
    async with lab.bridge(CALL_ID="7K4Q2M", **answers):
        story = await lab.call()
    assert story.notes == [f"nowhere|route={answers['ROUTE']}"]
    assert story.dialled == [ANSWERING]
    assert story.bridged_seconds > 0


async def test_db_works_in_the_administrators_dialplan_after_the_bridge(lab: DialplanLab) -> None:
    """Variables set by AMI, not by ARI, leave DB() and friends alone once the bridge has let go."""
    await lab.pbx.cli("database put test own kept")
    await lab.set_globals(FALLBACK_CONTEXT="test-own")
    async with lab.bridge(CALL_ID="7K4Q2M"):
        story = await lab.call()
    assert story.texts_of("PBX_BRIDGE_CALL") == ["id=7K4Q2M|route=fallback"]
    assert story.notes == ["own=kept"]
