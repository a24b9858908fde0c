"""A small company that does not exist: what its CRM holds before the first call of the demo.

Every number is one that Australia's regulator (ACMA) keeps free for films and books, so that
nobody is ever called: mobiles 0491 570 …, freephone 1800 160 401, and (02) 5550 ….
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from crm_store.numbers import phone_number, to_e164
from crm_store.records import (
    Account,
    BusinessHours,
    Campaign,
    Contact,
    OpenInterval,
    Person,
    PersonAccount,
    PhoneNumber,
    RouteKind,
    TrackingNumber,
    User,
)
from crm_store.writer import Writer

NAME = "Wattlebird Solar"
COUNTRY = "AU"

#: Extensions and whose they are; the last one is left for the reader's own softphone.
PHONES = {
    "1001": "Alice",
    "1002": "Bob",
    "1003": "Carol",
    "1004": "Dan",
    "1005": "Erin",
    "1006": "You",
}
DESKS = ("1001", "1002", "1003")
"""Softphones that answer by themselves while the reader calls."""
ROOFTOP = ("1004", "1005")
"""The installers: always on a roof, always busy."""
YOURS = "1006"
"""The desk that is left for a softphone of the reader's."""
YOURS_OUTSIDE = "0491571266"
"""The number, and the user name, of a softphone of the reader's that stands outside."""
CLOSED_LABEL = "Showroom"
"""What stands at the number where nobody is today."""
QUEUE = "500"

_ALWAYS = tuple(OpenInterval(weekday=day, opens=time(0), closes=time(0)) for day in range(7))
#: The clock of Sydney is no matter to whoever runs the demo at night: sales never sleep.
SALES_HOURS = BusinessHours(name="Sales", time_zone="Australia/Sydney", weekly=_ALWAYS)


def _showroom_hours(today: date) -> BusinessHours:
    """Opening hours of a showroom that is closed today, whatever the time zone."""
    stocktaking = frozenset(today + timedelta(days=days) for days in (-1, 0, 1))
    return BusinessHours(
        name="Showroom", time_zone="Australia/Sydney", weekly=_ALWAYS, closed_on=stocktaking
    )


USERS = tuple(
    User(name=name, email=f"{name.lower()}@wattlebird.example", extensions=(extension,))
    for extension, name in PHONES.items()
)
CAMPAIGNS = tuple(
    Campaign(name=name, comment=comment)
    for name, comment in (
        ("Google Ads", "Search ads, all of New South Wales"),
        ("Bus shelters", "Posters along the northern bus routes"),
        ("Radio", "Breakfast show, weekdays"),
        ("Spring letter", "12,000 letter boxes"),
        ("Word of mouth", "The number on the vans and the fridge magnets"),
    )
)


def tracking_numbers(today: date) -> tuple[TrackingNumber, ...]:
    """The numbers that the company publishes; the showroom is closed on ``today``."""
    return (
        replace(
            _published("0255500101", "Landing page", "Google Ads", "google"),
            route=RouteKind.RING_GROUP,
            targets=("1001", "1002"),
            voicemail_box="1001@default",
        ),
        replace(
            _published("0255500102", "Poster", "Bus shelters", "poster"),
            targets=("1001",),
            voicemail_box="1001@default",
        ),
        replace(
            _published("1800160401", "Radio spot", "Radio", "radio"),
            route=RouteKind.QUEUE,
            targets=(QUEUE,),
            ring_seconds=60,
            owner_first=False,
            voicemail_box="1003@default",
        ),
        replace(
            _published("0255500103", "Letter", "Spring letter", "mail"),
            targets=("1003",),
            ring_seconds=3,
            owner_first=False,
            voicemail_box="1003@default",
        ),
        replace(
            _published("0255500104", "Vans", "Word of mouth", "vans"),
            targets=("1002",),
            ring_seconds=3,
            owner_first=False,
        ),
        replace(
            _published("0255500105", "Installers", "Word of mouth", "fridge magnet"),
            route=RouteKind.RING_GROUP,
            targets=ROOFTOP,
            owner_first=False,
        ),
        replace(
            _published("0255500106", CLOSED_LABEL, "Word of mouth", "shop window"),
            targets=("1003",),
            hours=_showroom_hours(today),
        ),
    )


def tracking_numbers_on_any_day() -> tuple[TrackingNumber, ...]:
    """The same numbers, for whoever does not care about the showroom's hours."""
    return tracking_numbers(date(2000, 1, 1))


def _published(raw: str, label: str, campaign: str, source: str) -> TrackingNumber:
    return TrackingNumber(
        e164=to_e164(raw, COUNTRY) or raw,
        raw=raw,
        label=label,
        campaign=campaign,
        source=source,
        hours=SALES_HOURS,
    )


def _number(raw: str, label: str = "mobile") -> PhoneNumber:
    return phone_number(raw, COUNTRY, label)


PEOPLE: tuple[Person, ...] = (
    Account(name="Banksia Bakery", phone_numbers=(_number("0255500200", "office"),)),
    Account(name="Harbour Road School", phone_numbers=(_number("0255500300", "office"),)),
    Account(name="Coast Kayaks", phone_numbers=(_number("0255500400", "shop"),)),
    Contact(
        name="Mia Okafor",
        account="Banksia Bakery",
        title="Owner",
        phone_numbers=(_number("0491570006"), _number("0255500201", "bakery")),
        owner="Alice",
    ),
    Contact(
        name="Liam Petrov",
        account="Harbour Road School",
        title="Caretaker",
        phone_numbers=(_number("0491570110"), _number("0255500301", "lodge")),
        owner="Bob",
    ),
    Contact(
        name="Noah Fraser",
        account="Coast Kayaks",
        title="Director",
        phone_numbers=(
            _number("0491570313"),
            _number("0491570737", "second mobile"),
            _number("0255500401", "boat shed"),
        ),
        owner="Alice",
    ),
    PersonAccount(
        name="Grace Tanaka",
        phone_numbers=(_number("0491570157"), _number("0255500501", "home")),
        owner="Carol",
    ),
)


def seed(writer: Writer, *, now: datetime | None = None) -> None:
    """Write the whole company, in one unit of work."""
    for user in USERS:
        writer.put_user(user)
    for campaign in CAMPAIGNS:
        writer.put_campaign(campaign)
    for number in tracking_numbers((now or datetime.now(UTC)).date()):
        writer.put_tracking_number(number)
    for person in PEOPLE:
        writer.put(person)
