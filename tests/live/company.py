"""The company that the live scenarios are about: its people, its numbers, its customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm_store.numbers import phone_number
from crm_store.records import (
    BusinessHours,
    Campaign,
    Contact,
    ListName,
    RouteKind,
    TrackingNumber,
    User,
)
from crm_store.writer import Writer

JANE = "0491570006"
"""Jane Doe at Acme, whom Bob looks after."""
STRANGER = "0491570156"
VIP = "0491570157"
BLOCKED = "0491570158"
EVIL = "0491570159"
"""A contact whose name would break a SIP header."""

EVIL_NAME = 'Mallory"\r\nX-Evil: 1\r\n\\${SHELL(id)}'
USERS = {"Alice": "1001", "Bob": "1002", "Carol": "1003", "Dan": "1004"}
CAMPAIGNS = ("Google Ads", "Spring mailing")


def _number(
    ending: int,
    label: str,
    *targets: str,
    campaign: str = "Google Ads",
    route: RouteKind = RouteKind.EXTENSION,
    is_recorded: bool = False,
    **settings: object,
) -> TrackingNumber:
    return TrackingNumber(
        e164=f"+6129999{ending:04}",
        raw=f"029999{ending:04}",
        label=label,
        campaign=campaign,
        source=campaign.split()[0].lower(),
        route=route,
        targets=targets,
        is_recorded=is_recorded,
        **settings,  # type: ignore[arg-type]
    )


def _closed_today() -> BusinessHours:
    """Open around the clock, but for the days around this one: whatever the clock says."""
    today = datetime.now(UTC).date()
    return BusinessHours(
        name="Holiday",
        time_zone="Australia/Sydney",
        weekly=(),
        closed_on=frozenset(today + timedelta(days=days) for days in (-1, 0, 1)),
    )


POSTER = _number(1, "Poster", "1001", is_recorded=True)
MAILING = _number(
    2, "Mailing", "1001", "1003", campaign="Spring mailing", route=RouteKind.RING_GROUP
)
SALES = _number(3, "Sales", "500", route=RouteKind.QUEUE)
HURRIED = _number(4, "Hurried queue", "500", route=RouteKind.QUEUE, ring_seconds=1)
BRIEF = _number(5, "Brief", "1001", ring_seconds=1)
BOXED = _number(6, "With a box", "1001", ring_seconds=1, voicemail_box="1001@default")
HOLIDAY = _number(7, "Holiday", "1001", hours=_closed_today())
EMPTY_DESK = _number(8, "Empty desk", "1006")
ANNOUNCED = _number(9, "Announced", "1001", is_recorded=True, announcement="beep")
UNRECORDED = _number(10, "Unrecorded", "1001")

NUMBERS = (
    *(POSTER, MAILING, SALES, HURRIED, BRIEF, BOXED),
    *(HOLIDAY, EMPTY_DESK, ANNOUNCED, UNRECORDED),
)
NOT_OURS = "0299998888"


def write_company(writer: Writer) -> None:
    """A unit of work: put the company on file."""
    for name, extension in USERS.items():
        writer.put_user(User(name=name, extensions=(extension,)))
    for campaign in CAMPAIGNS:
        writer.put_campaign(Campaign(name=campaign))
    for number in NUMBERS:
        writer.put_tracking_number(number)
    writer.put(
        Contact(
            name="Jane Doe",
            account="Acme",
            phone_numbers=(phone_number(JANE, "AU"),),
            owner="Bob",
        )
    )
    writer.put(Contact(name=EVIL_NAME, phone_numbers=(phone_number(EVIL, "AU"),)))
    writer.list_number(e164(VIP), ListName.VIP)
    writer.list_number(e164(BLOCKED), ListName.BLOCKED)


def e164(national: str) -> str:
    """An Australian number as the store knows it."""
    return f"+61{national.removeprefix('0')}"
