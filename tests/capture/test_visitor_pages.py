"""The number for a visitor, over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from capture_clock import Clock
from capture_company import PAGE
from capture_site import Site

from crm_store.capture.number_leases import find_leases
from crm_store.records import Visit
from crm_store.store import Store
from pbx_bridge.web.public.visitors import SESSIONS_PER_MINUTE


async def ask(site: Site, told: Any, origin: str | None = PAGE) -> tuple[int, Any]:
    headers = {"Origin": origin} if origin else {}
    async with site.http.post(f"{site.url}/v", json=told, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_visitor_is_shown_a_number_of_the_pool(
    site: Site, store: Store, clock: Clock
) -> None:
    """What brought him is kept with the lease, cut to its lengths."""
    told = {
        "pool": "website",
        "session": "ada",
        "utm_source": "google",
        "utm_term": "roof " * 100,
        "gclid": "Cj0",
        "landing_page": "https://roofs.example/?" + "x" * 10_000,
        "referrer": "https://www.google.com/",
    }
    status, said = await ask(site, told)
    assert (status, said) == (
        200,
        {
            "number": "+61255500101",
            "text": "(02) 5550 0101",
            "is_shared": False,
            "renew_seconds": 900,
        },
    )
    (lease,) = await store.read(find_leases)
    assert lease.visit == Visit(
        source="google",
        keyword=("roof " * 100)[:200].strip(),
        click_id="Cj0",
        landing_page=told["landing_page"][:2_000],
        referrer="https://www.google.com/",
        session="ada",
    )
    assert (lease.started_at, lease.number) == (clock.now, "+61255500101")


async def test_without_a_pool_any_page_may_ask_for_its_campaign_number(site: Site) -> None:
    """Published numbers are no secret; a visitor of no campaign keeps the page's own number."""
    told = {"utm_campaign": "spring-mailing", "session": "ada"}
    _, said = await ask(site, told, "https://other.example")
    assert said == {
        "number": "+61255500200",
        "text": "(02) 5550 0200",
        "is_shared": False,
        "renew_seconds": None,
    }
    assert (await ask(site, {"session": "ada"}))[1]["number"] is None


async def test_only_allowed_pages_take_numbers_of_a_pool(site: Site, store: Store) -> None:
    """Others are refused, and take none."""
    told = {"pool": "website", "session": "eve"}
    assert (await ask(site, told, "https://evil.example"))[0] == 403
    assert (await ask(site, {"pool": "nobody", "session": "eve"}))[0] == 404
    assert await store.read(find_leases) == []


@pytest.mark.parametrize("told", [[], "x", {"session": 7}, {"session": {}}, None])
async def test_what_is_no_visit_is_refused(site: Site, told: Any) -> None:
    """With 400; the page keeps its number."""
    assert (await ask(site, told))[0] == 400


async def test_one_address_cannot_take_every_number(site: Site) -> None:
    """Beyond so many new visitors within a minute it is shown the fallback."""
    found = [
        (await ask(site, {"pool": "website", "session": f"s{count}"}))[1]["number"]
        for count in range(SESSIONS_PER_MINUTE + 2)
    ]
    assert found[-2:] == ["+61255500100"] * 2
    assert "+61255500100" not in found[:-2]
    again = await ask(site, {"pool": "website", "session": "s0"})
    assert again[1]["number"] != "+61255500100"


async def test_the_script_is_small_and_may_be_loaded_from_anywhere(site: Site) -> None:
    """Less than 3 kB, kept by browsers for an hour."""
    for name, most in (("/v.js", 3_000), ("/f/contact-me.js", 8_000)):
        async with site.http.get(f"{site.url}{name}") as answer:
            script = await answer.read()
            assert len(script) < most
            assert answer.content_type == "text/javascript"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert answer.headers["Cache-Control"] == "public, max-age=3600"
