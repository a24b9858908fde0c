"""A web form as one small page: no script, nothing from elsewhere, every text escaped.

The page is built as a tree, so that what an administrator or a stranger wrote is text wherever
it stands.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from crm_store.capture.form_fields import CHECKED, LONGEST_LINE, LONGEST_TEXT
from crm_store.checking.capture_checks import HONEYPOT
from crm_store.records import FieldType, FormField, WebForm

_STYLE: Final = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 34rem; padding: 1rem }
label, legend { display: block; margin-top: 1rem; font-weight: 600 }
input, select, textarea, button { box-sizing: border-box; font: inherit; width: 100% }
input, select, textarea, button { padding: .5rem }
input[type=checkbox] { width: auto; margin-right: .5rem }
button { margin-top: 1.5rem; cursor: pointer }
.error { color: #b00020; margin: .25rem 0 0 }
@media (prefers-color-scheme: dark) { .error { color: #ff8a9a } }
[aria-invalid=true] { outline: 2px solid currentColor }
.apart { position: absolute; left: -9999px }
"""
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

_TYPES: Final = {
    FieldType.TEXT: ("text", None),
    FieldType.EMAIL: ("email", "email"),
    FieldType.PHONE: ("tel", "tel"),
}
_COMPLETED_BY_BROWSERS: Final = {
    "name": "name",
    "first_name": "given-name",
    "last_name": "family-name",
    "company": "organization",
    "title": "organization-title",
    "street": "street-address",
    "postal_code": "postal-code",
    "city": "address-level2",
    "country": "country",
    "website": "url",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in a form: what was written, what was wrong with it, and what is hidden."""

    token: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


def form_page(form: WebForm, action: str, filled: Filled) -> str:
    """The page with the form, each error beside its field."""
    body, page = _page(form.title)
    if filled.notice or filled.errors:
        said = filled.notice or "Please look at what is marked below."
        _element(body, "p", said, {"class": "error", "role": "alert"})
    sheet = _element(body, "form", None, {"method": "post", "action": action})
    for name, value in {"pbx_token": filled.token, **filled.hidden}.items():
        _element(sheet, "input", None, {"type": "hidden", "name": name, "value": value})
    for each in form.fields:
        _add_field(sheet, each, filled.values.get(each.name, ""), filled.errors.get(each.name))
    apart = _element(sheet, "div", None, {"class": "apart", "aria-hidden": "true"})
    _element(apart, "label", "Leave this empty", {"for": HONEYPOT})
    trap = {"id": HONEYPOT, "name": HONEYPOT, "tabindex": "-1", "autocomplete": "off"}
    _element(apart, "input", None, trap)
    _element(sheet, "button", "Send", {"type": "submit"})
    return _written(page)


def thanks_page(form: WebForm) -> str:
    """The page that thanks."""
    body, page = _page(form.title)
    _element(body, "p", form.thank_you, {"role": "status"})
    return _written(page)


def message_page(title: str, text: str) -> str:
    """A page that says why there is no form."""
    body, page = _page(title)
    _element(body, "p", text, {"role": "alert"})
    return _written(page)


def security_headers(form: WebForm | None) -> dict[str, str]:
    """What the page may do: nothing but show itself and send its form.

    Pages that may send the form may also show it in a frame. A browser that was sent on after
    the form asks whether the form may go there, hence the redirect's origin.
    """
    targets, ancestors = ["'self'"], ["'self'"]
    if form is not None:
        if form.redirect_url is not None:
            parts = urlsplit(form.redirect_url)
            targets.append(f"{parts.scheme}://{parts.netloc}")
        ancestors += form.allowed_origins
    policy = (
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        f"form-action {' '.join(targets)}",
        f"frame-ancestors {' '.join(ancestors)}",
        "base-uri 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cache-Control": "no-store",
    }


def _page(title: str) -> tuple[Element, Element]:
    page = Element("html", {"lang": "en"})
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    SubElement(head, "meta", viewport)
    _element(head, "title", title)
    _element(head, "style", _STYLE)
    body = _element(SubElement(page, "body"), "main")
    _element(body, "h1", title)
    return body, page


def _add_field(sheet: Element, each: FormField, value: str, error: str | None) -> None:
    given = {"id": each.name, "name": each.name}
    if each.is_required:
        given["required"] = "required"
    if error is not None:
        given |= {"aria-invalid": "true", "aria-describedby": f"{each.name}-error"}
    label = each.label if each.is_required else f"{each.label} (optional)"
    if each.type is FieldType.CHECKBOX:
        line = _element(sheet, "label", None, {"for": each.name})
        ticked = {"checked": "checked"} if value == CHECKED else {}
        box = {"type": "checkbox", "value": CHECKED, **given, **ticked}
        _element(line, "input", None, box).tail = label
    else:
        _element(sheet, "label", label, {"for": each.name})
        _add_control(sheet, each, value, given)
    if error is not None:
        _element(sheet, "p", error, {"class": "error", "id": f"{each.name}-error"})


def _add_control(sheet: Element, each: FormField, value: str, given: dict[str, str]) -> None:
    if each.type is FieldType.TEXTAREA:
        more = {"rows": "6", "maxlength": str(LONGEST_TEXT)}
        # The first line feed in a textarea is left out by browsers.
        _element(sheet, "textarea", "\n" + value, {**given, **more})
    elif each.type is FieldType.CHOICE:
        select = _element(sheet, "select", None, given)
        _element(select, "option", "", {"value": ""})
        for choice in each.choices:
            chosen = {"selected": "selected"} if choice == value else {}
            _element(select, "option", choice, {"value": choice, **chosen})
    else:
        kind, completed = _TYPES[each.type]
        completed = completed or _COMPLETED_BY_BROWSERS.get(each.name)
        more = {"type": kind, "value": value, "maxlength": str(LONGEST_LINE)}
        if completed is not None:
            more["autocomplete"] = completed
        _element(sheet, "input", None, {**given, **more})


def _element(
    parent: Element, tag: str, text: str | None = None, given: dict[str, str] | None = None
) -> Element:
    made = SubElement(parent, tag, given or {})
    made.text = text
    return made


def _written(page: Any) -> str:
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html")
