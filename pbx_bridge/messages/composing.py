"""A queued mail as a message of the internet, RFC 5322 by the standard library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from email_validator import validate_email

from crm_store.records import Email


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes. ``public_url`` is where a reader's browser finds us; None: no link is given."""

    from_address: str
    reply_to: str | None = None
    public_url: str | None = None


def compose(email: Email, head: Letterhead, now: datetime) -> EmailMessage:
    """The message, with a link to unsubscribe that works with one click (RFC 8058).

    Its Message-ID is the mail's own, the same at every attempt. Nothing in a value can become a
    header: the message refuses line breaks there.
    """
    to = mailbox(email.to)
    policy = SMTP if to.addr_spec.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy)
    sender = mailbox(head.from_address)
    message["From"] = sender
    message["To"] = to
    if head.reply_to:
        message["Reply-To"] = mailbox(head.reply_to)
    message["Subject"] = email.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{email.message_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    link = unsubscribe_link(email, head)
    if link:
        message["List-Unsubscribe"] = f"<{link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_with_link(email.text, link))
    if email.html:
        message.add_alternative(_html(email.html, link), subtype="html")
    return message


def unsubscribe_link(email: Email, head: Letterhead) -> str | None:
    """Where whoever gets this mail can say that he wants no more."""
    if head.public_url is None:
        return None
    return f"{head.public_url.rstrip('/')}/unsubscribe/{email.token}"


def mailbox(text: str) -> Address:
    """``Ada <ada@example.com>``, or an address alone; ValueError, in words, for anything else.

    A domain with letters of its own is written in ASCII, which every server understands.
    """
    if any(not c.isprintable() for c in text):
        raise ValueError("an address is one line, without control characters")
    name, address = parseaddr(text)
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return Address(display_name=name, username=found.local_part, domain=found.ascii_domain)


def _with_link(text: str, link: str | None) -> str:
    foot = f"\n\n-- \nNo more mail from us: {link}\n" if link else "\n"
    return text.rstrip("\n") + foot


def _html(html: str, link: str | None) -> str:
    foot = f'<p><small><a href="{link}">No more mail from us</a></small></p>' if link else ""
    body, end, rest = html.partition("</body>")
    if "<body" in html.lower():
        return f"{body}{foot}{end}{rest}"
    return (
        f'<!doctype html><html><head><meta charset="utf-8"></head><body>{html}{foot}</body></html>'
    )
