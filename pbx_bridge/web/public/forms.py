"""``/f/{form}``: a web form for a browser with or without scripts, and for a page to embed.

``GET`` shows it (``Accept: application/json``: says what it consists of, with a token), ``POST``
takes it form-encoded or as JSON, ``GET /f/{form}.js`` is the snippet that puts it into a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from crm_store.capture.form_tokens import form_key, make_form_key, sign
from crm_store.capture.visits import PARAMETERS, read_visit
from crm_store.capture.web_forms import Sent, need_form, submit
from crm_store.checking.capture_checks import HONEYPOT
from crm_store.documents import plain
from crm_store.errors import InvalidRecord, Problem, RecordNotFound, TooManyAttempts
from crm_store.records import FormSubmission, SpamReason, WebForm
from crm_store.store import Store
from pbx_bridge.web.public.form_page import (
    Filled,
    form_page,
    message_page,
    security_headers,
    thanks_page,
)
from pbx_bridge.web.public.origins import cors, is_allowed
from pbx_bridge.web.public.scripts import script_response

MOST_BYTES = 128 * 1024
_HIDDEN = ("landing_page", "referrer", "session", *PARAMETERS)
_JSON = "application/json"
_TOO_OLD = "This form was open for too long. Please send it again."
_ENCODED = "application/x-www-form-urlencoded"


class FormPages:
    """The public side of web forms, over one store. ``country`` is that of plain numbers."""

    def __init__(self, store: Store, country: str | None, clock: Callable[[], datetime]) -> None:
        self._store, self._country, self._clock = store, country, clock

    def routes(self) -> list[web.RouteDef]:
        """What is to be served."""
        return [
            web.get("/f/{form}.js", self.script),
            web.get("/f/{form}", self.show),
            web.post("/f/{form}", self.take),
            web.options("/f/{form}", self.preflight),
        ]

    async def script(self, _request: web.Request) -> web.Response:
        """The snippet; the same for every form."""
        return script_response("form.js")

    async def preflight(self, request: web.Request) -> web.Response:
        """Whether a page of another origin may send the form."""
        form = await self._form(request)
        allowed = form.allowed_origins if form is not None else ()
        return web.Response(status=204, headers=cors(request, allowed))

    async def show(self, request: web.Request) -> web.Response:
        """The form: a page, or what it consists of."""
        form = await self._form(request)
        if form is None:
            return _not_there(request)
        if _wants_json(request):
            said = {
                "form": form.name,
                "title": form.title,
                "fields": plain(form.fields),
                "token": await self._token(form),
                "trap": HONEYPOT,
            }
            return _json(said, 200, cors(request, form.allowed_origins))
        hidden = {f"pbx_{k}": request.query[k] for k in _HIDDEN if k in request.query}
        hidden.setdefault("pbx_landing_page", str(request.url))
        hidden.setdefault("pbx_referrer", request.headers.get("Referer", ""))
        filled = Filled(token=await self._token(form), hidden=hidden)
        return _page(form_page(form, f"/f/{form.name}", filled), 200, form)

    async def take(self, request: web.Request) -> web.Response:
        """What somebody sent."""
        form = await self._form(request)
        if form is None:
            return _not_there(request)
        if not is_allowed(request, form.allowed_origins):
            said = "pages of this origin may not send the form"
            return _refused(request, form, 403, "forbidden", said)
        try:
            given = await _read_body(request, form)
        except ValueError as error:
            return _refused(request, form, 400, "unreadable", str(error))
        try:
            if given.unknown:
                raise InvalidRecord(given.unknown)
            name, sent = form.name, given.sent
            submission = await self._store.write(lambda w: submit(w, name, sent, self._country))
        except InvalidRecord as error:
            return await self._say_errors(request, form, given, error.problems)
        except TooManyAttempts as error:
            return _refused(request, form, 429, "too-many", str(error), error.retry_after)
        except RecordNotFound:
            return _not_there(request)
        if submission.reason is SpamReason.TOO_OLD:
            return await self._say_errors(request, form, given, (), _TOO_OLD)
        return _thank(request, form, submission)

    async def _form(self, request: web.Request) -> WebForm | None:
        name = request.match_info["form"]
        try:
            return await self._store.read(lambda r: need_form(r, name))
        except RecordNotFound:
            return None

    async def _token(self, form: WebForm) -> str:
        key = await self._store.read(form_key)
        if key is None:
            key = await self._store.write(make_form_key)
        return sign(key, form.name, self._clock())

    async def _say_errors(
        self,
        request: web.Request,
        form: WebForm,
        given: _Given,
        problems: tuple[Problem, ...],
        notice: str = "",
    ) -> web.Response:
        token = await self._token(form) if notice else given.sent.token
        errors = {one.field: one.message for one in problems}
        if _wants_json(request):
            said: dict[str, Any] = {"title": notice or "Some fields cannot be as they are"}
            said |= {"status": 422, "errors": plain(problems), "token": token}
            return _json(said, 422, cors(request, form.allowed_origins), "problem+json")
        token = token or await self._token(form)
        filled = Filled(
            token=token,
            values=given.sent.values,
            errors=errors,
            hidden=given.hidden,
            notice=notice,
        )
        return _page(form_page(form, f"/f/{form.name}", filled), 422, form)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    sent: Sent
    hidden: Mapping[str, str]
    unknown: tuple[Problem, ...] = ()


async def _read_body(request: web.Request, form: WebForm) -> _Given:
    """What a browser or a page's script sent; ValueError for what is no form."""
    raw = await _read(request)
    if request.content_type == _JSON:
        values = _of_json(raw)
    elif request.content_type == _ENCODED:
        values = _of_browser(raw)
    else:
        raise ValueError(f"a form is {_ENCODED} or {_JSON}")
    unknown = _unknown(form, values) if request.content_type == _JSON else ()
    told = {k: values[f"pbx_{k}"] for k in _HIDDEN if f"pbx_{k}" in values}
    sent = Sent(
        values={field.name: values.get(field.name, "") for field in form.fields},
        visit=read_visit(told),
        token=values.get("pbx_token", "")[:200],
        trap=values.get(HONEYPOT, ""),
        page_url=values.get("pbx_page_url") or request.headers.get("Referer"),
        address=request.remote or "",
        user_agent=request.headers.get("User-Agent", ""),
    )
    return _Given(sent=sent, hidden={f"pbx_{k}": v for k, v in told.items()}, unknown=unknown)


def _unknown(form: WebForm, values: Mapping[str, str]) -> tuple[Problem, ...]:
    """A page's script that sends what is no field is wrong; browsers add what they like."""
    known = {HONEYPOT, *(field.name for field in form.fields)}
    return tuple(
        Problem(name, "is no field of this form")
        for name in values
        if name not in known and not name.startswith("pbx_")
    )


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > MOST_BYTES:
        raise ValueError(f"a form is no longer than {MOST_BYTES} bytes")
    raw = bytearray()
    async for some in request.content.iter_chunked(16_384):
        raw += some
        if len(raw) > MOST_BYTES:
            raise ValueError(f"a form is no longer than {MOST_BYTES} bytes")
    return bytes(raw)


def _of_json(raw: bytes) -> dict[str, str]:
    try:
        values = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(values, dict):
        raise ValueError("the JSON has to be an object of texts")
    read: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            value = "yes" if value else ""
        elif isinstance(value, int | float):
            value = f"{value}"
        elif value is not None and not isinstance(value, str):
            raise ValueError(f"{name}: has to be a text")
        read[name] = value or ""
    return read


def _of_browser(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise ValueError(f"no form: {error}") from None
    return dict(reversed(pairs))


def _wants_json(request: web.Request) -> bool:
    accept = request.headers.get("Accept", "")
    if "text/html" in accept:
        return False
    return _JSON in accept or request.content_type == _JSON or request.query.get("as") == "json"


def _thank(request: web.Request, form: WebForm, _submission: FormSubmission) -> web.Response:
    """The same for spam: who sends it learns nothing, and a person is not turned away."""
    if _wants_json(request):
        said = {"status": "received", "message": form.thank_you, "redirect_url": form.redirect_url}
        return _json(said, 200, cors(request, form.allowed_origins))
    if form.redirect_url is not None:
        headers = {"Location": form.redirect_url, **security_headers(form)}
        return web.Response(status=303, headers=headers)
    return _page(thanks_page(form), 200, form)


def _refused(
    request: web.Request, form: WebForm, status: int, kind: str, detail: str, retry: int = 0
) -> web.Response:
    headers = dict(cors(request, form.allowed_origins))
    if retry:
        headers["Retry-After"] = str(retry)
    if _wants_json(request):
        said = {"type": f"about:blank#{kind}", "title": detail, "status": status}
        return _json(said, status, headers, "problem+json")
    return _page(message_page(form.title, f"This could not be sent: {detail}."), status, form)


def _not_there(request: web.Request) -> web.Response:
    if _wants_json(request):
        return _json({"title": "There is no such form", "status": 404}, 404, {}, "problem+json")
    return _page(message_page("No form", "There is no such form here."), 404, None)


def _page(text: str, status: int, form: WebForm | None) -> web.Response:
    return web.Response(
        text=text, status=status, content_type="text/html", headers=security_headers(form)
    )


def _json(
    said: Mapping[str, Any], status: int, headers: Mapping[str, str], kind: str = "json"
) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(said),
        status=status,
        content_type=f"application/{kind}",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers},
    )
