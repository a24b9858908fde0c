"""The company of the matrix: who sits where, which numbers it publishes, and what each is for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm_store.records import (
    BusinessHours,
    Campaign,
    ListName,
    RouteKind,
    TrackingNumber,
    User,
)
from crm_store.writer import Writer

USERS = {
    "1001": "Alice",
    "1002": "Bob",
    "1003": "Carol",
    "1004": "Dan",
    "1005": "Erin",
    "1006": "Frank",
}
"""Who answers at which extension. Nobody ever registers 1006."""
CAMPAIGN = "Google Ads"
BLOCKED = "0491570158"
"""On the blocked list."""


def e164(national: str) -> str:
    """An Australian number as the store knows it."""
    return f"+61{national.removeprefix('0')}"


def _number(ending: int, label: str, *targets: str, **settings: object) -> TrackingNumber:
    settings = {"is_recorded": False, "owner_first": False, **settings}
    return TrackingNumber(
        e164=f"+6129999{ending:04}",
        raw=f"029999{ending:04}",
        label=label,
        campaign=CAMPAIGN,
        source="google",
        targets=targets,
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


DESK = _number(1, "Desk", "1001")
RECORDED = _number(2, "Recorded desk", "1001", is_recorded=True)
GROUP = _number(3, "Group", "1001", "1002", "1003", route=RouteKind.RING_GROUP)
SALES = _number(4, "Sales queue", "500", route=RouteKind.QUEUE)
HURRIED = _number(5, "Hurried queue", "500", route=RouteKind.QUEUE, ring_seconds=1)
BRIEF = _number(6, "Brief", "1001", ring_seconds=1)
BOXED = _number(7, "With a box", "1001", ring_seconds=1, voicemail_box="1001@default")
HOLIDAY = _number(8, "Holiday", "1001", hours=_closed_today())
EMPTY_DESK = _number(9, "Empty desk", "1006")
BOBS_DESK = _number(10, "Bob's desk", "1002")

NUMBERS = [BOBS_DESK, DESK, RECORDED, GROUP, SALES, HURRIED, BRIEF, BOXED, HOLIDAY, EMPTY_DESK]


def own_way(ending: int, label: str) -> TrackingNumber:
    """A number that our routes know no way for: the administrator's own dialplan does.

    ``etc/extensions.conf`` has its extension in the context ``office``.
    """
    number = _number(ending, label)
    NUMBERS.append(number)
    return number


def queue(ending: int, label: str, name: str, **settings: object) -> TrackingNumber:
    """A number whose callers wait in a queue of ``etc/queues.conf``."""
    number = _number(ending, label, name, route=RouteKind.QUEUE, **settings)
    NUMBERS.append(number)
    return number


TWO_DEVICES = own_way(20, "Two devices")
FIRST_DEVICE = own_way(21, "First device")
LOCAL = own_way(22, "Local")
KEPT_LOCAL = own_way(23, "Local, kept")
LOCAL_GROUP = own_way(24, "Local group")
HUNT = own_way(25, "Hunt")


def write_company(writer: Writer) -> None:
    """A unit of work: put the company on file."""
    for extension, name in USERS.items():
        writer.put_user(User(name=name, extensions=(extension,)))
    writer.put_campaign(Campaign(name=CAMPAIGN))
    for number in NUMBERS:
        writer.put_tracking_number(number)
    writer.list_number(e164(BLOCKED), ListName.BLOCKED)
