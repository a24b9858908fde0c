"""A stranger becomes somebody on file: a lead by default, with all that his first call tells."""

from __future__ import annotations

from typing import Any, Final

from crm_store.records import (
    Account,
    Attribution,
    Contact,
    Lead,
    Person,
    PersonAccount,
    PersonType,
    PhoneNumber,
)
from pbx_bridge.calls.call import Direction
from pbx_bridge.decisions.safe_text import fold_line
from pbx_bridge.outcomes.call_type import AnyCall

NAME_CAP: Final = 120
ORIGIN: Final = "call"
"""How the record of a stranger who called came to be."""

_NO_NAMES: Final = frozenset(
    {
        "anonymous",
        "asterisk",
        "caller",
        "no name",
        "not available",
        "private",
        "restricted",
        "unavailable",
        "unknown",
        "unknown caller",
        "unknown name",
        "wireless caller",
        "withheld",
    }
)
"""What networks and phones send for want of a name (lower case)."""

_RECORDS: Final[dict[PersonType, type[Person]]] = {
    PersonType.LEAD: Lead,
    PersonType.CONTACT: Contact,
    PersonType.ACCOUNT: Account,
    PersonType.PERSON_ACCOUNT: PersonAccount,
}


def name_stranger(caller_name: str, number_for_people: str) -> str:
    """Return the name that a stranger is filed under.

    The name that his network sent, if that is one: it has letters and is none of the usual
    stand-ins for a missing name. Else his number as people write it. One line, at most 120
    characters.
    """
    name = fold_line(caller_name, cap=NAME_CAP)
    is_name = any(character.isalpha() for character in name) and name.lower() not in _NO_NAMES
    return name if is_name else fold_line(number_for_people, cap=NAME_CAP)


def make_person(
    kind: PersonType,
    call: AnyCall,
    *,
    e164: str,
    number_for_people: str,
    tracking_number: Attribution | None,
    agent: str | None,
) -> Person:
    """Return the new record for a stranger, of the type that the rules ask for.

    ``e164`` is his number; ``agent`` our user who speaks with him, who becomes the owner.
    Campaign, source and tracking number are those that brought the call. Two calls may make
    two records of one name, so it carries no ``key``: who is on file is known by number.
    """
    is_outbound = call.direction is Direction.OUTBOUND
    values: dict[str, Any] = {
        "name": name_stranger("" if is_outbound else call.caller_name, number_for_people),
        "phone_numbers": (
            PhoneNumber(raw=call.dialled_number if is_outbound else call.caller_number, e164=e164),
        ),
        "owner": agent,
        "first_call": (call.pbx, call.linkedid),
        "origin": ORIGIN,
    }
    if tracking_number is not None:
        values |= {
            "campaign": tracking_number.campaign,
            "source": tracking_number.source,
            "tracking_number": tracking_number.number,
        }
    return _RECORDS[kind](**values)
