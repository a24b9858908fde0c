"""What brought a visitor to a web page, from what his browser tells: pure.

Everything here is a stranger's text: it becomes one printable line of a limited length and is
never more than text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from crm_store.records import CallRecord, Direction, Lead, Person, Visit
from crm_store.records.capture import LONGEST_LANDING_PAGE, LONGEST_WORD

CLICK_IDS: Final[Mapping[str, tuple[str, str]]] = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "fbclid": ("facebook", "social"),
}
"""The parameter that an advertiser adds to a click, and whose visitor that makes him."""

PARAMETERS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", *CLICK_IDS)
"""What is read of a page's address."""

_SEARCH_ENGINES: Final = ("google", "bing", "duckduckgo", "ecosia", "yahoo", "baidu", "yandex")
_LONGEST_SESSION: Final = 64


def read_visit(told: Mapping[str, str]) -> Visit:
    """The visit that these parameters tell of: the ``utm_…`` ones, click ids, ``landing_page``,
    ``referrer`` and ``session``.

    What is missing is read from the landing page's address. Without ``utm_source`` a click id
    or the referring page says where the visitor comes from. Nothing is cut here; see
    :func:`cut_visit`.
    """
    landing_page = told.get("landing_page", "")
    values = {**_parameters_of(landing_page), **{k: v for k, v in told.items() if v}}
    source, medium = values.get("utm_source"), values.get("utm_medium")
    click = next((name for name in CLICK_IDS if values.get(name)), None)
    if not source and click is not None:
        source, usual = CLICK_IDS[click]
        medium = medium or usual
    elif not source:
        source, usual_medium = _of_referrer(values.get("referrer", ""), landing_page)
        medium = medium or usual_medium
    return Visit(
        source=source or None,
        medium=medium or None,
        campaign=values.get("utm_campaign") or None,
        keyword=values.get("utm_term") or None,
        landing_page=landing_page or None,
        referrer=values.get("referrer") or None,
        click_id=values[click] if click is not None else None,
        session=values.get("session") or None,
    )


def cut_visit(visit: Visit) -> Visit:
    """The visit with every text one printable line of the documented length."""
    return replace(
        visit,
        source=tidy(visit.source, LONGEST_WORD),
        medium=tidy(visit.medium, LONGEST_WORD),
        campaign=tidy(visit.campaign, LONGEST_WORD),
        keyword=tidy(visit.keyword, LONGEST_WORD),
        click_id=tidy(visit.click_id, LONGEST_WORD),
        landing_page=tidy(visit.landing_page, LONGEST_LANDING_PAGE),
        referrer=tidy(visit.referrer, LONGEST_LANDING_PAGE),
        session=tidy(visit.session, _LONGEST_SESSION),
    )


def tidy(text: str | None, longest: int) -> str | None:
    """The text as one printable line of so many characters at most; None for nothing."""
    if text is None:
        return None
    line = "".join(c if c.isprintable() else " " for c in text[: longest * 4])
    return " ".join(line.split())[:longest].strip() or None


def has_attribution(visit: Visit) -> bool:
    """Whether a visit says what brought it."""
    return bool(visit.source or visit.campaign or visit.click_id or visit.keyword)


def is_like(one: Visit, other: Visit) -> bool:
    """Whether two visits were brought by the same thing."""
    names = ("source", "medium", "campaign", "keyword", "click_id")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def call_of_visitor(record: CallRecord, visit: Visit | None) -> CallRecord:
    """The call, put down to what brought the visitor who was shown the number that he dialled."""
    attribution = record.tracking_number
    if visit is None or record.direction is not Direction.INBOUND or attribution is None:
        return record
    return replace(
        record,
        tracking_number=replace(
            attribution,
            campaign=visit.campaign or attribution.campaign,
            source=visit.source or attribution.source,
        ),
        medium=visit.medium,
        keyword=visit.keyword,
        landing_page=visit.landing_page,
        click_id=visit.click_id,
        visitor_session=visit.session,
    )


def person_of_visitor(person: Person, record: CallRecord) -> Person:
    """A new lead with what its first call tells of the visitor; others as they are."""
    if not isinstance(person, Lead) or record.visitor_session is None:
        return person
    return replace(
        person,
        medium=record.medium,
        keyword=record.keyword,
        landing_page=record.landing_page,
        click_id=record.click_id,
    )


def _parameters_of(url: str) -> dict[str, str]:
    try:
        found = parse_qs(urlsplit(url).query, max_num_fields=200)
    except ValueError:
        return {}
    return {name: found[name][0] for name in PARAMETERS if name in found}


def _of_referrer(referrer: str, landing_page: str) -> tuple[str | None, str | None]:
    host, own = _host(referrer), _host(landing_page)
    if not host or host == own:
        return None, None
    engine = next((name for name in _SEARCH_ENGINES if name in host.split(".")), None)
    return (engine, "organic") if engine else (host, "referral")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
