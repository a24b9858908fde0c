"""Where a call goes: one table of scenarios, each with the whole route it must take."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.records import (
    NOBODY,
    BusinessHours,
    CallerFacts,
    Candidate,
    ListName,
    OpenInterval,
    PersonType,
    RouteKind,
    TrackingNumber,
)
from pbx_bridge.decisions.routing import Destination, Route, RoutingSettings, choose_route

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
OFFICE = BusinessHours(
    name="office",
    time_zone="UTC",
    weekly=(OpenInterval(weekday=0, opens=time(9), closes=time(17)),),
)
POSTER = TrackingNumber(
    e164="+493055500100",
    raw="030 555 00100",
    label="Poster",
    route=RouteKind.RING_GROUP,
    targets=("1001", "1002"),
    ring_seconds=25,
    voicemail_box="1001@default",
    is_recorded=True,
    announcement="pbx-bridge/recorded",
    hours=OFFICE,
    owner_first=True,
)
DIAL_POSTER = Route(
    destination=Destination.DIAL,
    reason="tracking number",
    targets=("1001", "1002"),
    seconds=25,
    voicemail_box="1001@default",
    is_recorded=True,
    announcement="pbx-bridge/recorded",
    label="Poster",
)
CLOSED_POSTER = Route(
    destination=Destination.CLOSED,
    reason="outside business hours",
    voicemail_box="1001@default",
    label="Poster",
)
VIP = frozenset({ListName.VIP})
BLOCKED = frozenset({ListName.BLOCKED})
SETTINGS = RoutingSettings(owner_seconds=12)


def on_file(owner_extension: str | None, *more: str | None, lists=frozenset()) -> CallerFacts:
    candidates = tuple(
        Candidate(
            type=PersonType.CONTACT,
            id=number,
            name="Ada Byron",
            account_name="Engines Ltd",
            owner_name=None,
            owner_extension=extension,
            updated_at=MONDAY_NOON,
        )
        for number, extension in enumerate((owner_extension, *more))
    )
    return CallerFacts(candidates=candidates, lists=lists)


@pytest.mark.parametrize(
    ("scenario", "number", "caller", "at", "settings", "expected"),
    [
        (
            "a stranger rings the number's group",
            POSTER,
            NOBODY,
            MONDAY_NOON,
            SETTINGS,
            DIAL_POSTER,
        ),
        (
            "a known caller rings his owner first",
            POSTER,
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            replace(
                DIAL_POSTER, reason="tracking number, owner first", first="1007", first_seconds=12
            ),
        ),
        (
            "a known caller whose contact has no owner rings his account's owner first",
            POSTER,
            on_file(None, "1008"),
            MONDAY_NOON,
            SETTINGS,
            replace(
                DIAL_POSTER, reason="tracking number, owner first", first="1008", first_seconds=12
            ),
        ),
        (
            "a known caller without an owner rings the group",
            POSTER,
            on_file(None),
            MONDAY_NOON,
            SETTINGS,
            DIAL_POSTER,
        ),
        (
            "a number that is not owner-first rings the group at once",
            replace(POSTER, owner_first=False),
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            DIAL_POSTER,
        ),
        (
            "an owner who is the number's only target is not rung twice",
            replace(POSTER, targets=("1007",)),
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            replace(DIAL_POSTER, targets=("1007",)),
        ),
        (
            "an owner's extension that cannot be dialled is passed over",
            POSTER,
            on_file("1007&SIP/evil"),
            MONDAY_NOON,
            SETTINGS,
            DIAL_POSTER,
        ),
        (
            "a queue number enters the queue, the owner first",
            replace(POSTER, route=RouteKind.QUEUE, targets=("sales",)),
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            replace(
                DIAL_POSTER,
                destination=Destination.QUEUE,
                reason="tracking number, owner first",
                targets=(),
                queue="sales",
                first="1007",
                first_seconds=12,
            ),
        ),
        (
            "a voicemail number rings nobody, not even the owner",
            replace(POSTER, route=RouteKind.VOICEMAIL, targets=()),
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            Route(
                destination=Destination.VOICEMAIL,
                reason="tracking number",
                voicemail_box="1001@default",
                label="Poster",
            ),
        ),
        (
            "a number that is not recorded announces no recording",
            replace(POSTER, is_recorded=False),
            NOBODY,
            MONDAY_NOON,
            SETTINGS,
            replace(DIAL_POSTER, is_recorded=False, announcement=None),
        ),
        ("at night it is closed", POSTER, NOBODY, MONDAY_NIGHT, SETTINGS, CLOSED_POSTER),
        (
            "closed has its own announcement",
            POSTER,
            NOBODY,
            MONDAY_NIGHT,
            RoutingSettings(closed_announcement="pbx-bridge/closed"),
            replace(CLOSED_POSTER, announcement="pbx-bridge/closed"),
        ),
        (
            "closed is closed for a known caller too",
            POSTER,
            on_file("1007"),
            MONDAY_NIGHT,
            SETTINGS,
            CLOSED_POSTER,
        ),
        (
            "closed is closed for a VIP",
            POSTER,
            CallerFacts(lists=VIP),
            MONDAY_NIGHT,
            SETTINGS,
            replace(CLOSED_POSTER, is_vip=True),
        ),
        (
            "unless VIPs are served when closed",
            POSTER,
            CallerFacts(lists=VIP),
            MONDAY_NIGHT,
            RoutingSettings(is_vip_served_when_closed=True),
            replace(DIAL_POSTER, is_vip=True),
        ),
        (
            "and then only VIPs",
            POSTER,
            on_file("1007"),
            MONDAY_NIGHT,
            RoutingSettings(is_vip_served_when_closed=True),
            CLOSED_POSTER,
        ),
        (
            "a number without hours is open at night",
            replace(POSTER, hours=None),
            NOBODY,
            MONDAY_NIGHT,
            SETTINGS,
            DIAL_POSTER,
        ),
        (
            "a VIP rings the VIP group, longer, and his owner first",
            POSTER,
            on_file("1007", lists=VIP),
            MONDAY_NOON,
            RoutingSettings(vip_targets=("1000", "1009"), vip_seconds=60, owner_seconds=20),
            replace(
                DIAL_POSTER,
                reason="VIP group, owner first",
                first="1007",
                first_seconds=20,
                targets=("1000", "1009"),
                seconds=60,
                is_vip=True,
            ),
        ),
        (
            "a VIP group is not for others",
            POSTER,
            NOBODY,
            MONDAY_NOON,
            RoutingSettings(vip_targets=("1000",), vip_seconds=60),
            DIAL_POSTER,
        ),
        (
            "a VIP rings longer in the number's own group",
            POSTER,
            CallerFacts(lists=VIP),
            MONDAY_NOON,
            RoutingSettings(vip_seconds=60),
            replace(DIAL_POSTER, seconds=60, is_vip=True),
        ),
        (
            "a blocked caller is blocked, known and at night and VIP or not",
            POSTER,
            on_file("1007", lists=BLOCKED | VIP),
            MONDAY_NIGHT,
            SETTINGS,
            Route(destination=Destination.BLOCKED, reason="caller is blocked", label="Poster"),
        ),
        (
            "a blocked caller is blocked on a number that we do not publish",
            None,
            CallerFacts(lists=BLOCKED),
            MONDAY_NOON,
            SETTINGS,
            Route(destination=Destination.BLOCKED, reason="caller is blocked"),
        ),
        (
            "a number that we do not publish goes the dialplan's own way",
            None,
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            Route(destination=Destination.FALLBACK, reason="not a tracking number"),
        ),
        (
            "targets that cannot be dialled are passed over",
            replace(POSTER, targets=("1001", "10 02", "1003,20,S(1)", "")),
            NOBODY,
            MONDAY_NOON,
            SETTINGS,
            replace(DIAL_POSTER, targets=("1001",)),
        ),
        (
            "a number with no target that can be dialled goes the dialplan's own way",
            replace(POSTER, targets=("${EVIL}",)),
            on_file("1007"),
            MONDAY_NOON,
            SETTINGS,
            Route(
                destination=Destination.FALLBACK,
                reason="tracking number has no ring_group that can be dialled",
                label="Poster",
            ),
        ),
        (
            "a voicemail number without a box goes the dialplan's own way",
            replace(POSTER, route=RouteKind.VOICEMAIL, voicemail_box=None),
            NOBODY,
            MONDAY_NOON,
            SETTINGS,
            Route(
                destination=Destination.FALLBACK,
                reason="tracking number has no voicemail that can be dialled",
                label="Poster",
            ),
        ),
    ],
)
def test_the_route_of_a_call(scenario, number, caller, at, settings, expected):
    """Blocked, unknown, closed, VIP, then the number's own route; owner first where it rings."""
    route = choose_route(
        number, caller, at=at, is_public_holiday=lambda day: False, settings=settings
    )
    assert route == expected, scenario


def test_a_public_holiday_closes_a_tracking_number():
    """The holidays asked for are the ones that decide."""
    route = choose_route(
        POSTER,
        NOBODY,
        at=MONDAY_NOON,
        is_public_holiday=MONDAY_NOON.date().__eq__,
        settings=SETTINGS,
    )
    assert route == CLOSED_POSTER


texts = st.text(max_size=12) | st.sampled_from(["1001", "1001@default", "a&b", "x\r\ny", "${A}"])


@given(
    number=st.none()
    | st.builds(
        TrackingNumber,
        e164=texts,
        raw=texts,
        label=texts,
        route=st.sampled_from(RouteKind),
        targets=st.lists(texts, max_size=3).map(tuple),
        ring_seconds=st.integers(),
        voicemail_box=st.none() | texts,
        announcement=st.none() | texts,
        hours=st.sampled_from([None, OFFICE]),
        owner_first=st.booleans(),
        is_recorded=st.booleans(),
    ),
    owner=st.none() | texts,
    lists=st.sets(st.sampled_from(ListName)).map(frozenset),
    vip_targets=st.lists(texts, max_size=2).map(tuple),
    sound=st.none() | texts,
)
def test_whatever_the_store_says_a_call_gets_a_route(number, owner, lists, vip_targets, sound):
    """A caller is waiting: bad targets are passed over, nothing raises."""
    route = choose_route(
        number,
        on_file(owner, lists=lists),
        at=MONDAY_NOON,
        is_public_holiday=lambda day: False,
        settings=RoutingSettings(vip_targets=vip_targets, closed_announcement=sound),
    )
    assert (route.destination is Destination.DIAL) == bool(route.targets)
    assert (route.destination is Destination.QUEUE) == bool(route.queue)
    assert (route.destination is Destination.BLOCKED) == (ListName.BLOCKED in lists)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("targets", ("1001", "1002&1003"), "'1002&1003' is no extension"),
        ("first", "10\n01", r"'10\\n01' is no extension"),
        ("first", "", "'' is no extension"),
        ("queue", "sales,tT", "'sales,tT' is no queue's name"),
        ("voicemail_box", "1001@a@b", "'1001@a@b' is no voicemail box"),
        ("announcement", "/etc/passwd", "'/etc/passwd' is no sound's name"),
    ],
)
def test_an_unsafe_route_cannot_be_made(field, value, message):
    """What could break a dialplan is refused where a route is made, naming it."""
    with pytest.raises(ValueError, match=message):
        Route(destination=Destination.DIAL, reason="", **{field: value})
