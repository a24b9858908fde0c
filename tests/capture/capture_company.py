"""The company whose forms, numbers and rules are tried here."""

from __future__ import annotations

from typing import Any

from crm_store.records import (
    Campaign,
    EmailTemplate,
    FieldType,
    FormField,
    Group,
    NumberPool,
    Product,
    TrackingNumber,
    User,
    WebForm,
)

PAGE = "https://roofs.example"
NUMBERS = ("+61255500101", "+61255500102", "+61255500103")
POOL = NumberPool(
    name="website",
    numbers=NUMBERS,
    session_minutes=30,
    fallback="+61255500100",
    allowed_origins=(PAGE,),
)
CONTACT_ME = WebForm(
    name="contact-me",
    title="Write to us",
    fields=(
        FormField(name="name", label="Your name", is_required=True),
        FormField(name="email", label="E-mail", type=FieldType.EMAIL, is_required=True),
        FormField(name="phone", label="Phone", type=FieldType.PHONE),
        FormField(name="company", label="Company"),
        FormField(name="roof", label="Roof", type=FieldType.CHOICE, choices=("flat", "steep")),
        FormField(name="message", label="Message", type=FieldType.TEXTAREA),
        FormField(name="terms", label="I agree", type=FieldType.CHECKBOX, is_required=True),
    ),
    product="Roof",
    owner_group="Sales",
    auto_response="thanks",
    thank_you="Thank you & see you soon.",
    allowed_origins=(PAGE,),
    country="AU",
)
ADA: dict[str, str] = {
    "name": "Ada Byron",
    "email": "ada@byron.example",
    "phone": "0491 570 006",
    "company": "Engines Ltd",
    "roof": "steep",
    "message": "It rains in.\nPlease call.",
    "terms": "yes",
}


def tracking_number(e164: str, campaign: str | None = None, **more: Any) -> TrackingNumber:
    """One of our numbers, as people write it."""
    digits = e164.removeprefix("+61")
    raw = f"(0{digits[0]}) {digits[1:5]} {digits[5:]}"
    return TrackingNumber(
        e164=e164, raw=raw, label=f"Website {digits[-1]}", campaign=campaign, **more
    )


def write_company(writer: Any) -> None:
    """A unit of work: put the company on file."""
    for group in ("Sales", "North"):
        writer.add(Group(name=group))
    for name, groups in (("alice", ("Sales",)), ("bob", ("Sales",)), ("carl", ("North",))):
        writer.add(User(name=name, groups=groups))
    writer.add(Product(name="Roof"))
    for campaign in ("Spring mailing", "Google Ads"):
        writer.add(Campaign(name=campaign))
    writer.add(
        EmailTemplate(name="thanks", subject="Thank you, {name|there}", text="Hello {name|there}!")
    )
    writer.add(EmailTemplate(name="hot", subject="We call today", text="Hello {name}"))
    for number in ("+61255500100", *NUMBERS):
        writer.add(tracking_number(number))
    writer.add(
        tracking_number("+61255500200", "Spring mailing", source="newspaper", medium="print")
    )
    writer.add(tracking_number("+61255500201", "Google Ads", source="google", medium="cpc"))
    writer.add(POOL)
    writer.add(CONTACT_ME)
