"""What somebody wrote into a form: checked field by field, and as a lead. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers

from crm_store.capture.visits import cut_visit, tidy
from crm_store.errors import Problem
from crm_store.messages.mail_addresses import read_address
from crm_store.numbers import to_e164
from crm_store.records import (
    FieldType,
    FormField,
    Lead,
    PhoneNumber,
    ProductInterest,
    Visit,
    WebForm,
)

LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 5_000
_MESSAGES: Final = ("message", "comment")
_OF_LEAD: Final = ("company", "title", "website", "street", "postal_code", "city", "region")
_NAMES: Final = ("name", "first_name", "last_name")
_LINK: Final = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)
CHECKED: Final = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The values of a form as they were understood, and what was wrong with the others."""

    values: dict[str, str]
    problems: tuple[Problem, ...]


def read_fields(form: WebForm, sent: Mapping[str, str], country: str | None) -> Read:
    """Check what was sent, field by field; ``country`` is that of numbers without a code."""
    values: dict[str, str] = {}
    problems = []
    for field in form.fields:
        try:
            values[field.name] = _read(field, sent.get(field.name, ""), country)
        except ValueError as error:
            problems.append(Problem(field.name, str(error)))
    return Read(values={k: v for k, v in values.items() if v}, problems=tuple(problems))


def count_links(values: Mapping[str, str]) -> int:
    """How many links all texts have together."""
    return sum(len(_LINK.findall(value)) for value in values.values())


def first_of(form: WebForm, values: Mapping[str, str], kind: FieldType) -> str | None:
    """What was written into the first field of a type."""
    return next((values[f.name] for f in form.fields if f.type is kind and f.name in values), None)


def lead_of(form: WebForm, values: Mapping[str, str], visit: Visit, country: str | None) -> Lead:
    """The lead that a submission makes; texts of the visit are cut to their lengths."""
    visit = cut_visit(visit)
    email = first_of(form, values, FieldType.EMAIL)
    phone = first_of(form, values, FieldType.PHONE)
    more: dict[str, Any] = {name: values[name] for name in _OF_LEAD if name in values}
    if values.get("country", "").upper() in phonenumbers.SUPPORTED_REGIONS:
        more["country"] = values["country"].upper()
    if values.get("employees", "").isascii() and values.get("employees", "").isdigit():
        more["employees"] = min(int(values["employees"][:9]), 2**31 - 1)
    products = tuple(filter(None, (form.product, values.get("product"))))
    return Lead(
        name=_name(values) or (email or "").partition("@")[0] or phone or form.title,
        email=email,
        phone_numbers=_numbers(form, values, country),
        campaign=form.campaign or visit.campaign,
        source=form.source or visit.source or "web",
        origin=f"web form {form.name}",
        owner_group=form.owner_group,
        products=tuple(ProductInterest(product=name) for name in dict.fromkeys(products)),
        comment=comment_of(form, values),
        medium=visit.medium,
        keyword=visit.keyword,
        landing_page=visit.landing_page,
        click_id=visit.click_id,
        **more,
    )


def comment_of(form: WebForm, values: Mapping[str, str]) -> str:
    """What was written that no field of a lead is for: the message, then the rest by its label."""
    message = [values[name] for name in _MESSAGES if name in values]
    ours = {*_MESSAGES, *_OF_LEAD, *_NAMES}
    rest = [
        f"{field.label}: {values[field.name]}"
        for field in form.fields
        if field.name in values
        and field.name not in ours
        and field.type not in (FieldType.EMAIL, FieldType.PHONE)
    ]
    event = [f"Event: {form.event}"] if form.event else []
    return "\n".join([*message, *event, *rest])


def _read(field: FormField, text: str, country: str | None) -> str:
    if field.type is FieldType.TEXTAREA:
        value, longest = _lines(text), LONGEST_TEXT
    else:
        value, longest = tidy(text, LONGEST_LINE * 4) or "", LONGEST_LINE
    if not value:
        if field.is_required:
            raise ValueError("is required")
        return ""
    if len(value) > longest:
        raise ValueError(f"has to be no longer than {longest} characters")
    match field.type:
        case FieldType.EMAIL:
            return _email(value)
        case FieldType.PHONE:
            if to_e164(value, country) is None:
                raise ValueError("is no phone number; with its country code it looks like +61 …")
        case FieldType.CHOICE:
            if value not in field.choices:
                raise ValueError(f"has to be one of: {', '.join(field.choices)}")
        case FieldType.CHECKBOX:
            return _checked(field, value)
    return value


def _email(value: str) -> str:
    try:
        return read_address(value)
    except ValueError as error:
        raise ValueError(f"is no e-mail address: {error}") from None


def _checked(field: FormField, value: str) -> str:
    if value.lower() in ("yes", "on", "true", "1"):
        return CHECKED
    if value.lower() not in ("no", "off", "false", "0"):
        raise ValueError("has to be yes or no")
    if field.is_required:
        raise ValueError("is required")
    return ""


def _lines(text: str) -> str:
    lines = text[: LONGEST_TEXT * 4].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines)
    return "\n".join(kept).strip()


def _name(values: Mapping[str, str]) -> str:
    return values.get("name") or " ".join(
        values[name] for name in ("first_name", "last_name") if name in values
    )


def _numbers(
    form: WebForm, values: Mapping[str, str], country: str | None
) -> tuple[PhoneNumber, ...]:
    raws = [values[f.name] for f in form.fields if f.type is FieldType.PHONE and f.name in values]
    return tuple(PhoneNumber(raw=raw, e164=to_e164(raw, country)) for raw in raws)
