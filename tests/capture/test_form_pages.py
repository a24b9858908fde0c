"""Web forms over the wire: with and without scripts, from our page and from others."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from capture_clock import Clock
from capture_company import ADA, CONTACT_ME, PAGE
from capture_site import Site

from crm_store.capture.form_submissions import find_submissions
from crm_store.records import FormSubmission, Lead, SpamReason
from crm_store.store import Store

HTML = {"Accept": "text/html"}


class Read(HTMLParser):
    """A page as a browser reads it: its elements with their attributes, and all texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self) -> dict[str, str]:
        """What the form would send as it stands."""
        return {
            str(given["name"]): given.get("value") or ""
            for tag, given in self.elements
            if tag == "input" and "name" in given and given.get("type") != "checkbox"
        }


async def open_form(site: Site, query: str = "") -> Read:
    async with site.http.get(f"{site.url}/f/contact-me{query}", headers=HTML) as answer:
        assert answer.status == 200
        return Read(await answer.text())


async def leads(store: Store) -> list[Lead]:
    return await store.read(lambda r: list(r.find_leads()))


async def submissions(store: Store) -> list[FormSubmission]:
    return await store.read(find_submissions)


async def test_the_page_works_without_scripts(site: Site, store: Store, clock: Clock) -> None:
    """Opened, filled in with a mistake, sent; mended, sent; one lead with all that brought it."""
    page = await open_form(site, "?utm_source=news&gclid=Cj0")
    clock.advance(seconds=10)
    values = page.values() | ADA | {"phone": "call me"}
    async with site.http.post(f"{site.url}/f/contact-me", data=values, headers=HTML) as answer:
        again = Read(await answer.text())
        assert answer.status == 422
    marked = [g for _, g in again.elements if g.get("aria-invalid") == "true"]
    assert [(g["name"], g["aria-describedby"], g["value"]) for g in marked] == [
        ("phone", "phone-error", "call me")
    ]
    assert "is no phone number" in again.text
    assert "It rains in.\nPlease call." in again.text
    values = again.values() | ADA
    async with site.http.post(f"{site.url}/f/contact-me", data=values, headers=HTML) as answer:
        assert (answer.status, "Thank you & see you soon." in Read(await answer.text()).text) == (
            200,
            True,
        )
    (lead,) = await leads(store)
    assert (lead.name, lead.source, lead.click_id) == ("Ada Byron", "news", "Cj0")
    assert lead.landing_page == f"{site.url}/f/contact-me?utm_source=news&gclid=Cj0"


async def test_every_field_has_its_label_and_the_page_loads_nothing(site: Site) -> None:
    """For screen readers, and for people who count whom their visitors are told to."""
    page = await open_form(site)
    labels = {given["for"] for tag, given in page.elements if tag == "label"}
    fields = {
        given["id"]
        for tag, given in page.elements
        if tag in ("input", "select", "textarea") and "id" in given
    }
    assert labels == fields
    assert not [tag for tag, _ in page.elements if tag in ("script", "img", "link", "iframe")]
    assert ("html", {"lang": "en"}) in page.elements
    viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    assert ("meta", viewport) in page.elements


async def test_every_text_is_text(site: Site, store: Store, clock: Clock) -> None:
    """Whatever an administrator or a stranger wrote: no element and no attribute comes of it."""
    evil = '"><script>alert(1)</script><b x="'
    field = {"title": evil, "thank_you": evil}
    await store.write(lambda w: w.change("web_form", "contact-me", field))
    page = await open_form(site, f"?utm_source={evil.replace(' ', '+')}")
    values = page.values() | ADA | {"name": evil, "message": f"</textarea>{evil}", "email": evil}
    clock.advance(seconds=10)
    async with site.http.post(f"{site.url}/f/contact-me", data=values, headers=HTML) as answer:
        again = Read(await answer.text())
        policy = answer.headers["Content-Security-Policy"]
    assert {tag for tag, _ in page.elements} | {"p"} == {tag for tag, _ in again.elements}
    assert "script" not in {tag for tag, _ in again.elements}
    assert again.values()["name"] == evil
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; "
        rf"frame-ancestors 'self' {PAGE}; base-uri 'none'",
        policy,
    )


async def test_a_page_of_an_allowed_origin_sends_json(
    site: Site, store: Store, clock: Clock
) -> None:
    """It is told what the form consists of, may read the answer, and is told each error."""
    origin = {"Origin": PAGE}
    async with site.http.get(f"{site.url}/f/contact-me?as=json", headers=origin) as answer:
        said = await answer.json()
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert [each["name"] for each in said["fields"]] == list(ADA)
    url = f"{site.url}/f/contact-me"
    async with site.http.options(url, headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type, Accept"
    clock.advance(seconds=10)
    wrong = {**ADA, "pbx_token": said["token"], "terms": False, "roof": 7}
    async with site.http.post(url, json=wrong, headers=origin) as answer:
        assert (answer.status, answer.content_type) == (422, "application/problem+json")
        assert (await answer.json())["errors"] == [
            {"field": "roof", "message": "has to be one of: flat, steep"},
            {"field": "terms", "message": "is required"},
        ]
    right = {**ADA, "pbx_token": said["token"], "terms": True, "pbx_utm_source": "news"}
    async with site.http.post(url, json=right, headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert await answer.json() == {
            "status": "received",
            "message": CONTACT_ME.thank_you,
            "redirect_url": None,
        }
    (lead,) = await leads(store)
    assert lead.source == "news"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://roofs.example.evil"])
async def test_a_page_of_another_origin_sends_nothing(
    site: Site, store: Store, origin: str
) -> None:
    """Its browser is not let, and what comes all the same is refused."""
    headers = {"Origin": origin}
    url = f"{site.url}/f/contact-me"
    async with site.http.options(url, headers=headers) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with site.http.post(url, json=ADA, headers=headers) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert await submissions(store) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"name": {"a": 1}}', "application/json", 400),
        (b'{"nickname": "x"}', "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b"name=\xff", "application/x-www-form-urlencoded", 400),
        (b"name=%FF%00", "application/x-www-form-urlencoded", 422),
        (b"&".join([b"a=1"] * 300), "application/x-www-form-urlencoded", 400),
        (b"name=" + b"x" * 200_000, "application/x-www-form-urlencoded", 400),
        (b"name", "text/plain", 400),
        (b"", "application/json", 400),
    ],
)
async def test_what_is_no_form_is_refused(
    site: Site, store: Store, body: bytes, kind: str, status: int
) -> None:
    """With words, and without a trace."""
    headers = {"Content-Type": kind, "Accept": "application/json"}
    url = f"{site.url}/f/contact-me"
    async with site.http.post(url, data=body, headers=headers) as answer:
        said: dict[str, Any] = await answer.json(content_type="application/problem+json")
        assert (answer.status, said["status"]) == (status, status)
    assert await submissions(store) == []


async def test_spam_is_thanked_and_kept(site: Site, store: Store, clock: Clock) -> None:
    """Who sends it learns nothing from the answer."""
    page = await open_form(site)
    clock.advance(seconds=10)
    values = page.values() | ADA | {"homepage_url": "http://cheap.example"}
    async with site.http.post(f"{site.url}/f/contact-me", data=values, headers=HTML) as answer:
        assert answer.status == 200
    (kept,) = await submissions(store)
    assert (kept.reason, kept.values) == (SpamReason.HONEYPOT, ADA)
    assert await leads(store) == []


async def test_a_form_that_was_open_for_too_long_is_shown_again(
    site: Site, store: Store, clock: Clock
) -> None:
    """With all that was written and a new token: sending it once more makes the lead."""
    page = await open_form(site)
    clock.advance(days=2)
    url = f"{site.url}/f/contact-me"
    async with site.http.post(url, data=page.values() | ADA, headers=HTML) as answer:
        again = Read(await answer.text())
        assert answer.status == 422
    clock.advance(seconds=10)
    async with site.http.post(url, data=again.values() | ADA, headers=HTML) as answer:
        assert answer.status == 200
    assert len(await leads(store)) == 1


async def test_a_form_may_send_on_to_another_page(site: Site, store: Store, clock: Clock) -> None:
    """The policy of the page lets the browser follow."""
    there = {"redirect_url": "https://roofs.example/thanks"}
    await store.write(lambda w: w.change("web_form", "contact-me", there))
    page = await open_form(site)
    clock.advance(seconds=10)
    async with site.http.post(
        f"{site.url}/f/contact-me",
        data=page.values() | ADA,
        headers=HTML,
        allow_redirects=False,
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "https://roofs.example/thanks")
        assert (
            "form-action 'self' https://roofs.example;" in answer.headers["Content-Security-Policy"]
        )


async def test_a_form_that_is_not_there_says_so(site: Site) -> None:
    """As a page, and as JSON."""
    async with site.http.get(f"{site.url}/f/nobody", headers=HTML) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")
    async with site.http.get(f"{site.url}/f/nobody?as=json") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
    async with site.http.post(f"{site.url}/f/nobody", json={}) as answer:
        assert answer.status == 404
