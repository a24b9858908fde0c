"""The script holds together, and calls nobody who exists."""

from __future__ import annotations

from itertools import chain

import pytest

from crm_store.numbers import to_e164
from pbx_bridge.demo import company
from pbx_bridge.demo.script import SCRIPT, DemoCall

NUMBERS = {number.e164: number for number in company.tracking_numbers_on_any_day()}
FICTIONAL_MOBILES = {
    *("0491570006", "0491570156", "0491570157", "0491570158", "0491570159", "0491570110"),
    *("0491570313", "0491570737", "0491571266", "0491574118"),
}
"""From the list that ACMA publishes for creative works."""


def is_fictional(raw: str) -> bool:
    """Whether ACMA keeps this number free for films and books."""
    national = raw.replace("+61", "0", 1)
    return (
        national in FICTIONAL_MOBILES or national.startswith("025550") or national == "1800160401"
    )


def test_every_number_of_the_demo_is_kept_free_for_fiction() -> None:
    """Nobody can be called by a demo whose trunk is a real one by mistake."""
    people = chain.from_iterable(person.phone_numbers for person in company.PEOPLE)
    raw = [number.raw for number in people]
    raw += [number.raw for number in NUMBERS.values()]
    raw += [call.number for call in SCRIPT if call.number]
    raw += [call.dials for call in SCRIPT] + [company.YOURS_OUTSIDE]

    assert [number for number in raw if not is_fictional(number)] == []
    assert [number for number in raw if to_e164(number, company.COUNTRY) is None] == []


def test_the_company_has_five_campaigns_each_with_a_number_of_its_own() -> None:
    """Every campaign is reached by a call, and every number belongs to one."""
    assert len(company.CAMPAIGNS) == 5
    assert {number.campaign for number in NUMBERS.values()} == {
        campaign.name for campaign in company.CAMPAIGNS
    }


def test_the_script_plays_every_way_a_call_can_come_out() -> None:
    """Leaving a situation out of the demo is noticed here."""
    ways = {
        (call.expected.outcome.value, call.expected.missed_reason, call.expected.direction.value)
        for call in SCRIPT
        if call.expected
    }

    assert ways == {
        ("answered", None, "inbound"),
        ("answered", None, "outbound"),
        ("missed", "abandoned", "inbound"),
        ("missed", "no_answer", "inbound"),
        ("missed", "busy", "inbound"),
        ("missed", "closed", "inbound"),
        ("voicemail", None, "inbound"),
    }
    assert len({call.key for call in SCRIPT}) == len(SCRIPT)


@pytest.mark.parametrize(
    "call", [call for call in SCRIPT if not call.is_outbound], ids=lambda call: call.key
)
def test_a_scripted_call_expects_the_campaign_of_the_number_it_dials(call: DemoCall) -> None:
    """Script and company cannot drift apart."""
    number = NUMBERS[to_e164(call.dials, company.COUNTRY) or ""]

    assert call.expected is not None
    assert (call.expected.campaign, call.expected.label) == (number.campaign, number.label)
