"""The page behind the link at the end of every mail: no more of them.

Looking at the page changes nothing, since programs that check mail look at every link in it. It
takes the button, or the one click of the mail program itself (RFC 8058); both are a POST.
"""

from __future__ import annotations

from html import escape
from typing import Final

from aiohttp import web

from crm_store.errors import RecordNotFound, StoreError
from crm_store.messages import mail
from crm_store.store import Store

_LONGEST_TOKEN: Final = 64
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>body {{ font: 1.1rem/1.5 sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }}
button {{ font: inherit; padding: .5rem 1.2rem }}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
_FORM: Final = '<form method="post"><button>Send me no more mail</button></form>'


def add_unsubscribe(app: web.Application, store: Store) -> None:
    """Serve ``/unsubscribe/{token}``."""

    async def show(request: web.Request) -> web.Response:
        token = _token(request)
        try:
            address = await store.read(lambda reader: mail.address_of_token(reader, token))
        except StoreError:
            return _unavailable()
        if address is None:
            return _unknown()
        shown = escape(_veiled(address))
        return _page("No more mail?", f"This is about mail to {shown}.", form=_FORM)

    async def unsubscribe(request: web.Request) -> web.Response:
        token = _token(request)
        via = "one_click" if await _is_one_click(request) else "link"
        try:
            await store.write(lambda writer: mail.unsubscribe_by_token(writer, token, via=via))
        except RecordNotFound:
            return _unknown()
        except StoreError:
            return _unavailable()
        return _page("That was the last one", "You will get no more mail from us.")

    app.router.add_get("/unsubscribe/{token}", show)
    app.router.add_post("/unsubscribe/{token}", unsubscribe)


def _token(request: web.Request) -> str:
    token = request.match_info["token"]
    is_sound = len(token) <= _LONGEST_TOKEN and token.isascii() and token.isalnum()
    return token if is_sound else ""


async def _is_one_click(request: web.Request) -> bool:
    try:
        form = await request.post()
    except (ValueError, web.HTTPException):
        return False
    return form.get("List-Unsubscribe") == "One-Click"


def _veiled(address: str) -> str:
    """``a…@example.com``: enough to know one's own, too little to learn somebody else's."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def _page(title: str, text: str, *, form: str = "", status: int = 200) -> web.Response:
    body = _PAGE.format(title=title, text=text, form=form)
    return web.Response(text=body, content_type="text/html", status=status, headers=_HEADERS)


def _unknown() -> web.Response:
    return _page("This link is not known", "It may have been cut off on its way.", status=404)


def _unavailable() -> web.Response:
    return _page("Not now", "Please try again in a minute.", status=503)
