"""Our two scripts and our form in a real browser, on pages of other people's."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from capture_clock import Clock
from capture_company import ADA
from capture_site import Site
from playwright.async_api import Browser, Page, Route, async_playwright

from crm_store.capture.number_leases import find_leases
from crm_store.records import Visit
from crm_store.store import Store

OURS = "(02) 5550 0100"
NUMBERS = f"""<!doctype html><html lang="en"><title>Roofs</title>
<script async src="SITE/v.js" data-pool="website"></script>
<p>Call <span id="text" data-pbx-number>{OURS}</span> or
<a id="link" href="tel:+61255500100" data-pbx-number><b>Call us</b></a>,
fax <a id="fax" href="tel:+61255500999">(02) 5550 0999</a></p>"""
FORM = """<!doctype html><html lang="en"><title>Roofs</title><h1>Roofs</h1>
<script async src="SITE/v.js"></script>
<div id="here"></div>
<script src="SITE/f/contact-me.js" data-form="contact-me" data-into="#here"></script>"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; a machine without it fails, it does not skip."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is not installed: run `make lab`", pytrace=False)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        await opened.close()


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """What a browser does is the same on either engine."""
    return f"sqlite+aiosqlite:///{tmp_path}/store.db"


@asynccontextmanager
async def other_site(site: Site, text: str, **headers: str) -> AsyncIterator[str]:
    """Somebody else's page; ``SITE`` in it is where we are."""

    async def show(_request: web.Request) -> web.Response:
        page = text.replace("SITE", site.url)
        given = {
            name.replace("_", "-"): value.replace("SITE", site.url)
            for name, value in headers.items()
        }
        return web.Response(text=page, content_type="text/html", headers=given)

    app = web.Application()
    app.router.add_get("/{page:.*}", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def allow(store: Store, origin: str) -> None:
    """Let pages of this origin use the pool and the form."""
    allowed = {"allowed_origins": (origin,)}
    await store.write(lambda w: w.change("number_pool", "website", allowed))
    await store.write(lambda w: w.change("web_form", "contact-me", allowed))


async def open_page(browser: Browser, url: str, **more: Any) -> tuple[Page, list[str]]:
    """A visitor opens a page; what goes wrong in its scripts is collected."""
    context = await browser.new_context(**more)
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(url)
    return page, problems


async def test_a_visitor_reads_and_dials_a_number_of_his_own(
    browser: Browser, site: Site, store: Store
) -> None:
    """Text and links are replaced, other numbers stay; the next page shows the same number."""
    async with other_site(site, NUMBERS) as url:
        await allow(store, url)
        landing = f"{url}/roofs?utm_source=news&utm_term=leak&gclid=Cj0"
        page, problems = await open_page(browser, landing)
        await page.wait_for_selector('#text a[href="tel:+61255500101"]')
        shown = [await page.inner_text(each) for each in ("#text", "#link", "#fax")]
        links = [await page.get_attribute(each, "href") for each in ("#link", "#fax")]
        await page.goto(f"{url}/contact")
        await page.wait_for_selector('#text a[href="tel:+61255500101"]')
        other, _ = await open_page(browser, f"{url}/")
        await other.wait_for_selector('#text a[href="tel:+61255500102"]')
    assert shown == ["(02) 5550 0101", "Call us", "(02) 5550 0999"]
    assert links == ["tel:+61255500101", "tel:+61255500999"]
    assert problems == []
    second, first = await store.read(find_leases)
    assert first.visit == Visit(
        source="news",
        keyword="leak",
        click_id="Cj0",
        landing_page=landing,
        session=first.visit.session,
    )
    assert second.visit.session not in (None, first.visit.session)


async def aborted(route: Route) -> None:
    await route.abort()


async def refused(route: Route) -> None:
    await route.fulfill(status=503, body="<h1>Down</h1>")


async def nonsense(route: Route) -> None:
    await route.fulfill(status=200, body='{"number": "javascript:alert(1)", "text": "x"}')


async def nothing(route: Route) -> None:
    await route.fulfill(status=200, body='{"number": null, "renew_seconds": null}')


@pytest.mark.parametrize("answer", [aborted, refused, nonsense, nothing])
async def test_the_number_in_the_page_stays_without_an_answer(
    browser: Browser, site: Site, answer: Callable[[Route], Any]
) -> None:
    """We are away, or say nothing that is a number: the page is as it was, and nothing breaks."""
    async with other_site(site, NUMBERS) as url:
        context = await browser.new_context()
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.route("**/v", answer)
        async with page.expect_event(
            "requestfinished" if answer is not aborted else "requestfailed",
            lambda request: request.url.endswith("/v"),
        ):
            await page.goto(url)
        await page.wait_for_timeout(100)
        assert await page.inner_text("#text") == OURS
        assert await page.get_attribute("#link", "href") == "tel:+61255500100"
    assert problems == []


async def test_what_we_answer_is_text(browser: Browser, site: Site) -> None:
    """Were we ever taken over, no page of a customer would run what we say."""

    async def evil(route: Route) -> None:
        await route.fulfill(
            body='{"number": "+61255500101", "text": "<img src=x onerror=alert(1)>"}'
        )

    async with other_site(site, NUMBERS) as url:
        context = await browser.new_context()
        page = await context.new_page()
        await page.route("**/v", evil)
        await page.goto(url)
        await page.wait_for_selector('#text a[href="tel:+61255500101"]')
        assert await page.inner_text("#text") == "<img src=x onerror=alert(1)>"
        assert await page.query_selector("img") is None


async def test_a_form_is_put_into_a_page_and_makes_a_lead(
    browser: Browser, site: Site, store: Store, clock: Clock
) -> None:
    """On a page with a strict policy; errors stand beside their fields; the visit comes along."""
    policy = "default-src 'none'; script-src SITE; connect-src SITE"
    async with other_site(site, FORM, Content_Security_Policy=policy) as url:
        await allow(store, url)
        page, problems = await open_page(browser, f"{url}/?utm_source=news&utm_campaign=google-ads")
        await page.get_by_label("Your name").fill(ADA["name"])
        await page.get_by_label("E-mail").fill("ada@")
        await page.get_by_label("Phone").fill(ADA["phone"])
        await page.get_by_label("Roof").select_option("steep")
        await page.get_by_label("Message").fill(ADA["message"])
        await page.get_by_label("I agree").check()
        clock.advance(seconds=10)
        await page.get_by_role("button", name="Send").click()
        email = page.get_by_label("E-mail")
        await page.wait_for_selector("[aria-invalid=true]")
        said = await email.evaluate(
            "e => document.getElementById(e.getAttribute('aria-describedby')).textContent"
        )
        await email.fill(ADA["email"])
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("status").wait_for()
        thanks = await page.inner_text("#here")
    assert said.startswith("is no e-mail address")
    assert thanks == "Thank you & see you soon."
    assert problems == []
    (lead,) = await store.read(lambda r: list(r.find_leads()))
    assert (lead.name, lead.source, lead.campaign) == ("Ada Byron", "news", "google-ads")
    assert lead.landing_page == f"{url}/?utm_source=news&utm_campaign=google-ads"


async def test_the_forms_own_page_needs_no_script_and_fits_a_phone(
    browser: Browser, site: Site, store: Store, clock: Clock
) -> None:
    """Filled in on a narrow screen with scripts switched off."""
    page, _ = await open_page(
        browser,
        f"{site.url}/f/contact-me",
        java_script_enabled=False,
        viewport={"width": 320, "height": 600},
    )
    boxes = [await each.bounding_box() for each in await page.query_selector_all("input, button")]
    widest = max(box["x"] + box["width"] for box in boxes if box is not None)
    for label, text in (("Your name", "name"), ("E-mail", "email"), ("Phone", "phone")):
        await page.get_by_label(label).fill(ADA[text])
    await page.get_by_label("I agree").check()
    clock.advance(seconds=10)
    await page.get_by_role("button", name="Send").click()
    assert await page.get_by_role("status").inner_text() == "Thank you & see you soon."
    assert widest <= 320
    (lead,) = await store.read(lambda r: list(r.find_leads()))
    assert lead.name == "Ada Byron"
