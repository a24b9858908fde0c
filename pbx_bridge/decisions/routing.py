"""Where a ringing call goes.

In this order, and the first that holds decides:

1. A caller on the blocked list is **blocked**.
2. A number that we do not publish goes the dialplan's own way: **fallback**.
3. Outside business hours the number is **closed**; a VIP may pass.
4. A VIP rings the VIP group, where there is one.
5. Else the tracking number's own route decides: **dial**, **queue** or **voicemail**.

Where phones or a queue are to ring and the number says so, a known caller's owner rings first.
A route whose targets cannot be dialled is no route: fallback. Nothing here raises on what the
store says, since a call is waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crm_store.records import CallerFacts, ListName, RouteKind, TrackingNumber
from pbx_bridge.decisions.business_hours import is_open
from pbx_bridge.decisions.route_names import (
    is_extension,
    is_queue_name,
    is_sound,
    is_voicemail_box,
)


class Destination(StrEnum):
    """What becomes of a call: the values of ``PBX_BRIDGE_ROUTE``, and the dialplan's own way."""

    DIAL = "dial"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    CLOSED = "closed"
    BLOCKED = "blocked"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call's way through the dialplan.

    ``first`` (the owner's extension) rings for ``first_seconds`` before ``targets`` ring
    together, or before the queue. ``seconds`` is how long targets or queue may take; then
    ``voicemail_box`` where there is one. ``announcement`` is a sound's name. ``reason`` says
    in words what decided, for the log. Raises ValueError on an extension, queue, box or sound
    that cannot be written into a dialplan.
    """

    destination: Destination
    reason: str
    first: str | None = None
    first_seconds: int = 0
    targets: tuple[str, ...] = ()
    queue: str | None = None
    seconds: int = 0
    voicemail_box: str | None = None
    is_recorded: bool = False
    announcement: str | None = None
    label: str = ""
    is_vip: bool = False

    def __post_init__(self) -> None:  # noqa: D105 - the class says it
        extensions = self.targets if self.first is None else (self.first, *self.targets)
        for extension in extensions:
            if not is_extension(extension):
                raise ValueError(f"{extension!r} is no extension that can be dialled")
        if self.queue is not None and not is_queue_name(self.queue):
            raise ValueError(f"{self.queue!r} is no queue's name")
        if self.voicemail_box is not None and not is_voicemail_box(self.voicemail_box):
            raise ValueError(f"{self.voicemail_box!r} is no voicemail box")
        if self.announcement is not None and not is_sound(self.announcement):
            raise ValueError(f"{self.announcement!r} is no sound's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """The administrator's choices for every number.

    ``owner_seconds``: how long a known caller's owner rings before the others.
    ``vip_targets``: extensions that ring for a VIP instead of the number's own; ``vip_seconds``:
    how long a VIP's call rings, None for as long as everybody's.
    ``closed_announcement``: the sound that a closed number plays.
    """

    owner_seconds: int = 15
    vip_targets: tuple[str, ...] = ()
    vip_seconds: int | None = None
    is_vip_served_when_closed: bool = False
    closed_announcement: str | None = None


def choose_route(
    tracking_number: TrackingNumber | None,
    caller: CallerFacts,
    *,
    at: datetime,
    is_public_holiday: Callable[[date], bool],
    settings: RoutingSettings,
) -> Route:
    """Return where the call goes; the module says in which order that is decided.

    ``tracking_number`` is None for a dialled number that we do not publish. ``at`` is the
    instant of the call, aware. Raises only what
    :func:`~pbx_bridge.decisions.business_hours.is_open` raises.
    """
    is_vip = ListName.VIP in caller.lists
    if ListName.BLOCKED in caller.lists:
        label = "" if tracking_number is None else tracking_number.label
        return Route(destination=Destination.BLOCKED, reason="caller is blocked", label=label)
    if tracking_number is None:
        return Route(
            destination=Destination.FALLBACK, reason="not a tracking number", is_vip=is_vip
        )
    if not is_open(tracking_number.hours, at, is_public_holiday) and not (
        is_vip and settings.is_vip_served_when_closed
    ):
        return _closed(tracking_number, settings, is_vip=is_vip)
    return _open_route(tracking_number, caller, settings, is_vip=is_vip)


def _closed(number: TrackingNumber, settings: RoutingSettings, *, is_vip: bool) -> Route:
    return Route(
        destination=Destination.CLOSED,
        reason="outside business hours",
        voicemail_box=_usable_box(number),
        announcement=_usable_sound(settings.closed_announcement),
        label=number.label,
        is_vip=is_vip,
    )


def _open_route(
    number: TrackingNumber, caller: CallerFacts, settings: RoutingSettings, *, is_vip: bool
) -> Route:
    targets = tuple(filter(is_extension, number.targets))
    queue = next(filter(is_queue_name, number.targets), None)
    vip_targets = tuple(filter(is_extension, settings.vip_targets)) if is_vip else ()
    rings_phones = number.route in (RouteKind.EXTENSION, RouteKind.RING_GROUP)
    if vip_targets:
        return _ringing(number, caller, settings, vip_targets, None, "VIP group")
    if rings_phones and targets:
        return _ringing(number, caller, settings, targets, None, "tracking number")
    if number.route is RouteKind.QUEUE and queue is not None:
        return _ringing(number, caller, settings, (), queue, "tracking number")
    if number.route is RouteKind.VOICEMAIL and (box := _usable_box(number)) is not None:
        return Route(
            destination=Destination.VOICEMAIL,
            reason="tracking number",
            voicemail_box=box,
            label=number.label,
            is_vip=is_vip,
        )
    return Route(
        destination=Destination.FALLBACK,
        reason=f"tracking number has no {number.route} that can be dialled",
        label=number.label,
        is_vip=is_vip,
    )


def _ringing(
    number: TrackingNumber,
    caller: CallerFacts,
    settings: RoutingSettings,
    targets: tuple[str, ...],
    queue: str | None,
    reason: str,
) -> Route:
    is_vip = ListName.VIP in caller.lists
    owner = _owner_extension(caller) if number.owner_first else None
    first = None if owner is None or targets == (owner,) else owner
    seconds = settings.vip_seconds if is_vip and settings.vip_seconds else number.ring_seconds
    return Route(
        destination=Destination.DIAL if queue is None else Destination.QUEUE,
        reason=reason if first is None else f"{reason}, owner first",
        first=first,
        first_seconds=settings.owner_seconds if first else 0,
        targets=targets,
        queue=queue,
        seconds=seconds,
        voicemail_box=_usable_box(number),
        is_recorded=number.is_recorded,
        announcement=_usable_sound(number.announcement) if number.is_recorded else None,
        label=number.label,
        is_vip=is_vip,
    )


def _owner_extension(caller: CallerFacts) -> str | None:
    """Return the extension of the best candidate that has an owner who can be rung."""
    extensions = (candidate.owner_extension for candidate in caller.candidates)
    return next((each for each in extensions if each is not None and is_extension(each)), None)


def _usable_box(number: TrackingNumber) -> str | None:
    box = number.voicemail_box
    return box if box is not None and is_voicemail_box(box) else None


def _usable_sound(sound: str | None) -> str | None:
    return sound if sound is not None and is_sound(sound) else None
