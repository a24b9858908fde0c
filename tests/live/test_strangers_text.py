"""Whatever a stranger says of himself is text: nothing evaluates it, nothing breaks on it."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import ANY

import pytest
from bridge import Office
from company import EVIL, POSTER, STRANGER, UNRECORDED
from wire import AWAY, inbound

from crm_store.records import MissedReason
from pbx_bridge.lab import Phone, SippPhone

NAMES = {
    "quotes": 'O"Brien \\ "the boss"',
    "a shell function": "${SHELL(touch %s)}",
    "an expression": "$[1+1] $[${LEN(x)} > 0]",
    "separators": "a|id=EVIL22|route=blocked,b&PJSIP/1003;c",
    "a shell": "; touch %s; `touch %s` $(touch %s) #",
    "emoji": "Zoë 田中 😀",
    "control characters": "Bell\x07 Escape\x1b[2J Tab\t Delete\x7f",
    "four kilobytes": "x" * 4000,
}
FORBIDDEN = set('\r\n\0`"\\$;,|&<>{}\x07\x1b\x7f')


def as_sent(name: str) -> str:
    """A name as it stands between the quotes of a From header: Asterisk leaves the escapes in."""
    return name.replace("\\", "\\\\").replace('"', '\\"')


def controls(text: str) -> set[str]:
    return {character for character in text if ord(character) < 32 or ord(character) == 127}


@pytest.mark.parametrize("kind", NAMES)
async def test_a_strangers_name_is_only_text(office: Office, tmp_path: Path, kind: str) -> None:
    """The call takes its way, no command runs, the record and the lead are clean."""
    mark = tmp_path / "ran"
    name = NAMES[kind].replace("%s", str(mark))
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call(STRANGER, POSTER.raw, name, hang_up_after_seconds=0.2)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
    (lead,) = await office.leads()

    assert not mark.exists()
    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert call == inbound(wire, POSTER, {"1001": desk.calls[0]}, caller_name=ANY, recordings=ANY)
    assert controls(call.caller_name) == set()
    assert controls(lead.name) == set()
    assert call.caller_name[:60] in " ".join(as_sent(name).split()) or controls(name)


@pytest.mark.parametrize("kind", NAMES)
async def test_a_strangers_name_is_only_text_without_a_bridge(
    quiet_office: Office, tmp_path: Path, kind: str
) -> None:
    """The phone gets harmless characters in one header, and the journal tells the call later."""
    office, mark = quiet_office, tmp_path / "ran"
    name = NAMES[kind].replace("%s", str(mark))
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw, name, hang_up_after_seconds=0.2)
        await desk.wait_for_end()
    async with office.bridged():
        call = await office.wait_for_call(number=STRANGER)

    assert not mark.exists()
    assert set(desk.calls[0].display_name) & FORBIDDEN == set()
    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, caller_name=ANY, recordings=ANY, **AWAY
    )


async def test_a_contacts_name_breaks_no_header(office: Office, alice: Phone) -> None:
    """Line ends and quotes in the CRM stay there: the phone gets one clean From header."""
    alice.answers_after_seconds = 0.1
    await office.trunk.call(EVIL, POSTER.raw, hang_up_after_seconds=0.2)
    shown = await alice.wait_for_ring()
    call = await office.wait_for_call(number=EVIL)
    await alice.wait_for_end()
    invite = alice.calls[0].messages[0]

    assert invite.header("X-Evil") == ""
    assert shown.display_name == "Mallory X-Evil: 1 SHELL(id)"
    assert call.matched is not None
    assert [activity.subject for activity in await office.activities()] == [
        'Inbound answered call from Mallory" X-Evil: 1 \\${SHELL(id)} on Poster answered by Alice'
    ]


@pytest.mark.parametrize("number", ["alice", "123", "12345678901234567890"])
async def test_a_number_that_is_none(office: Office, number: str) -> None:
    """Words, short codes and twenty digits are kept as sent and looked up as nobody."""
    async with SippPhone(office.pbx, "1001", reply=486) as desk:
        wire = await office.trunk.call(number, UNRECORDED.raw)
        call = await office.wait_for_call()
        await desk.wait_for_end()

    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert call == inbound(
        wire,
        UNRECORDED,
        {"1001": desk.calls[0]},
        caller_number=number,
        caller_e164=None,
        record=None,
        missed_reason=MissedReason.BUSY,
        hangup_cause=17,
    )
    assert await office.leads() == []


@pytest.mark.parametrize("dialled", ["999", "00000000000000000000", "+1"])
async def test_a_dialled_number_that_is_none(office: Office, dialled: str) -> None:
    """Whatever was dialled, the fallback rings and the call is told."""
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call(STRANGER, dialled, hang_up_after_seconds=0.2)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert call == inbound(
        wire,
        POSTER,
        {"1001": desk.calls[0]},
        dialled_number=dialled,
        dialled_e164=None,
        tracking_number=None,
    )
