"""What a stranger sends is text: nothing evaluates it, nothing breaks on it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from dialplan_lab import ANSWERING, NUMBER, DialplanLab, door

pytestmark = pytest.mark.live

FORBIDDEN = set("\r\n\t\0`\"\\$;,|&<>{}()[]!?'%=:")
NAMES = {
    "a shell function": "${{SHELL(touch {mark})}}",
    "a file function": "${{FILE({mark},0,1,l)}}",
    "an expression": '" = "" | "${{SHELL(touch {mark})}}" = "',
    "a shell": '"; touch {mark}; `touch {mark}` $(touch {mark}) #',
    "an application": "x)&System(touch {mark}",
    "line ends": "x\r\nX-Injected: 1\r\nAction: Originate\r\n\r\n",
    "separators": "a|id=EVIL1|route=blocked,b?c:d&e=f\\",
    "quotes": 'O\'Brien "the boss" \\"',
    "nothing but forbidden": '"$`;',
}


@pytest.mark.parametrize("kind", NAMES)
async def test_a_display_name_is_never_evaluated(
    lab: DialplanLab, tmp_path: Path, kind: str
) -> None:
    """The call takes its normal way, no command ran, and the phone shows harmless characters."""
    mark = tmp_path / "ran"
    name = NAMES[kind].format(mark=mark)
    await lab.set_globals(BUDGET_MS="50", FALLBACK_RECORD="yes")
    story = await lab.call(name=name, rdnis=name)
    assert not mark.exists()
    assert story.dialled == [ANSWERING]
    assert story.bridged_seconds > 0
    shown = unquote(await lab.shown_name())
    assert set(shown) & FORBIDDEN == set()
    assert story.notes == ["unenriched|stasis=TIMEOUT"]
    (start,) = story.texts_of("PBX_BRIDGE_START")
    assert [pair.partition("=")[0] for pair in start.split("|")] == [
        *("pres", "rdnis", "reason", "exten", "direction")
    ]


async def test_the_same_holds_for_a_number(lab: DialplanLab, tmp_path: Path) -> None:
    """A SIP user part can hold anything too."""
    mark = tmp_path / "ran"
    await lab.set_globals(BUDGET_MS="50", FALLBACK_RECORD="yes")
    story = await lab.call(caller=f'${{SHELL(touch {mark})}}"`touch {mark}`|&\r\nX: y')
    assert not mark.exists()
    assert story.bridged_seconds > 0


async def test_letters_of_any_script_reach_the_phone(lab: DialplanLab) -> None:
    """Harmless is not the same as ASCII."""
    await lab.set_globals(BUDGET_MS="50")
    await lab.call(name="Zoë Łukasz-Ørsted 田中 😀")
    assert unquote(await lab.shown_name()) == "Zoë Łukasz-Ørsted 田中 😀"


async def test_a_name_as_long_as_the_wire_carries_is_cut(lab: DialplanLab) -> None:
    """800 characters of name become 80 on the phone and none in our user events."""
    await lab.set_globals(BUDGET_MS="50")
    story = await lab.call(name="z" * 800, rdnis="9" * 800)
    assert await lab.shown_name() == "z" * 80
    assert max(len(text) for _, text in story.user_events) < 250


async def test_a_withheld_caller_is_told_and_journaled_as_withheld(lab: DialplanLab) -> None:
    """Neither ARI nor CEL says so by itself."""
    async with lab.bridge(ROUTE="blocked", CALL_ID="7K4Q2M"):
        story = await lab.call(is_withheld=True)
    assert story.texts_of("PBX_BRIDGE_START") == [
        f"pres=prohib|rdnis=|reason=unknown|exten={NUMBER}|direction=inbound"
    ]
    assert story.apps == [door(NUMBER, "prohib")]


async def test_a_redirected_call_says_who_redirected_it(lab: DialplanLab) -> None:
    """The number that the caller really dialled is in the start note."""
    async with lab.bridge(ROUTE="blocked", CALL_ID="7K4Q2M"):
        story = await lab.call(rdnis="+4940123")
    assert story.texts_of("PBX_BRIDGE_START") == [
        f"pres=allowed_not_screened|rdnis=+4940123|reason=unknown|exten={NUMBER}|direction=inbound"
    ]


async def test_even_the_bridges_answers_are_filtered(lab: DialplanLab, tmp_path: Path) -> None:
    """A store that was tampered with cannot make the PBX run anything."""
    mark = tmp_path / "ran"
    evil = f"${{SHELL(touch {mark})}}"
    async with lab.bridge(
        ROUTE="dial",
        DIAL=f"{ANSWERING},1,g)&System(touch {mark}",
        CALL_ID=f"7K4Q2M{evil};touch {mark}",
        RECORD="yes",
    ):
        story = await lab.call()
    assert not mark.exists()
    assert story.apps[1][0] == "MixMonitor"
    assert set(story.apps[1][1]) & set("${}();/ ") == set()
    assert [app for app, _ in story.apps] == ["StasisBroadcast", "MixMonitor", "Dial"]
