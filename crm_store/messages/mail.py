"""Outgoing mail: written into the queue with what caused it, sent by whoever asks for it here.

A mail is queued at most once for one record, template and cause, and never for an address that
has unsubscribed; that is looked at again before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound
from crm_store.messages.mail_addresses import address_key, read_address
from crm_store.messages.mail_templates import render
from crm_store.reader import Reader
from crm_store.records import Email, EmailState, EmailTemplate, Ref, UnsubscribedAddress
from crm_store.tables import emails, mail_addresses
from crm_store.writer import Writer

_TOO_OLD = timedelta(days=3)
"""How long a mail may wait: thanks that come later than this are worse than none."""


def queue_email(
    writer: Writer,
    *,
    template: str,
    to: str,
    values: Mapping[str, str],
    cause: str,
    about: Ref | None = None,
) -> int | None:
    """Queue a mail in this unit of work; return its id.

    None, and nothing is queued, where the address has unsubscribed, or the same template was
    queued for the same record (without one: the same address) and ``cause`` before. ``values``
    are what placeholders stand for (``mail_templates.PLACEHOLDERS``); other keys are ignored.
    Raises InvalidRecord for ``to`` that is no address, and for an unknown ``template``.
    """
    try:
        address = read_address(to)
    except ValueError as error:
        raise InvalidRecord([Problem("to", str(error))]) from None
    found: EmailTemplate | None = writer.get("email_template", template)
    if found is None:
        raise InvalidRecord([Problem("template", f"no e-mail template is called {template!r}")])
    if _token_of(writer, address) is None:
        return None
    said = render(found, {"email": address, **values})
    row = {
        "dedupe_key": _dedupe_key(template, address, cause, about),
        "template": template,
        "address": address,
        "subject": said.subject or template,
        "text": said.text,
        "html": said.html,
        "cause": cause,
        "object_type": about.type if about else None,
        "object_id": about.id if about else None,
        "state": EmailState.WAITING,
        "message_id": uuid4().hex,
        "created_at": writer.now,
        "due_at": writer.now,
    }
    insert = _insert(writer, emails).on_conflict_do_nothing(index_elements=["dedupe_key"])
    made = writer.connection.execute(insert.returning(emails.c.id), row).scalar()
    return None if made is None else int(made)


def claim_email(writer: Writer, *, seconds: float) -> Email | None:
    """Take the mail that has been due for longest; nobody else takes it for so many seconds.

    One whose last taker has not said within his time what became of it is due again. What has
    waited for three days is given up, and whoever has unsubscribed by now is left alone.
    """
    while True:
        query = (
            sa.select(emails)
            .where(
                emails.c.state.in_([EmailState.WAITING, EmailState.SENDING]),
                emails.c.due_at <= writer.now,
            )
            .order_by(emails.c.due_at, emails.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = writer.connection.execute(query).mappings().first()
        if row is None:
            return None
        token = _token_of(writer, row["address"])
        if token is None:
            _set(writer, row["id"], state=EmailState.UNSUBSCRIBED, problem=None)
        elif row["created_at"] + _TOO_OLD < writer.now:
            said = row["problem"] or "nothing could be sent"
            _set(writer, row["id"], state=EmailState.FAILED, problem=f"waited too long: {said}")
        else:
            lease = writer.now + timedelta(seconds=seconds)
            values = {"state": EmailState.SENDING, "due_at": lease, "tries": row["tries"] + 1}
            _set(writer, row["id"], **values)
            return _email({**row, **values, "token": token})


def settle_email(
    writer: Writer,
    email: Email,
    *,
    problem: str | None = None,
    retry_seconds: float | None = None,
) -> None:
    """Write down what became of a mail that was taken: sent, to be tried again, or given up.

    ``problem`` None is sent. With one, ``retry_seconds`` says when it is due again; None gives
    it up. Nothing is written where somebody else has taken it since.
    """
    if problem is None:
        values: dict[str, Any] = {"state": EmailState.SENT, "sent_at": writer.now, "problem": None}
    elif retry_seconds is None:
        values = {"state": EmailState.FAILED, "problem": problem}
    else:
        due = writer.now + timedelta(seconds=retry_seconds)
        values = {"state": EmailState.WAITING, "due_at": due, "problem": problem}
    as_taken = emails.c.state == EmailState.SENDING, emails.c.tries == email.tries
    own = sa.update(emails).where(emails.c.id == email.id, *as_taken)
    writer.connection.execute(own.values(values))


def retry_email(writer: Writer, email_id: int) -> Email:
    """Let a mail that was given up be sent after all. NotPossible for any other."""
    email = need_email(writer, email_id)
    if email.state is not EmailState.FAILED:
        raise NotPossible(f"the e-mail {email_id} is {email.state}, and not given up")
    _set(
        writer,
        email_id,
        state=EmailState.WAITING,
        due_at=writer.now,
        created_at=writer.now,
        tries=0,
    )
    return need_email(writer, email_id)


def need_email(reader: Reader, email_id: int) -> Email:
    """One mail. RecordNotFound without it."""
    found = reader.connection.execute(sa.select(emails).where(emails.c.id == email_id))
    row = found.mappings().first()
    if row is None:
        raise RecordNotFound("email", email_id)
    return _email(row)


def find_emails(
    reader: Reader,
    *,
    state: EmailState | None = None,
    address: str | None = None,
    about: Ref | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Email]:
    """Mails, newest first; ``before`` is the id of the last one that was seen."""
    query = sa.select(emails).order_by(emails.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(emails.c.state == state)
    if address is not None:
        query = query.where(emails.c.address == address)
    if about is not None:
        query = query.where(emails.c.object_type == about.type, emails.c.object_id == about.id)
    if before is not None:
        query = query.where(emails.c.id < before)
    return [_email(row) for row in reader.connection.execute(query).mappings()]


def unsubscribe(writer: Writer, address: str, *, via: str) -> UnsubscribedAddress:
    """Send nothing more to an address. Raises InvalidRecord for a text that is none."""
    try:
        address = read_address(address)
    except ValueError as error:
        raise InvalidRecord([Problem("address", str(error))]) from None
    _token_of(writer, address)
    return _mark_unsubscribed(writer, address_key(address), via)


def unsubscribe_by_token(writer: Writer, token: str, *, via: str) -> UnsubscribedAddress:
    """Send nothing more to the address whose mails end with this token. RecordNotFound."""
    address = address_of_token(writer, token)
    if address is None:
        raise RecordNotFound("unsubscribe link", token)
    return _mark_unsubscribed(writer, address, via)


def address_of_token(reader: Reader, token: str) -> str | None:
    """The address whose mails end with this token."""
    query = sa.select(mail_addresses.c.address).where(mail_addresses.c.token == token)
    return reader.connection.execute(query).scalar()


def resubscribe(writer: Writer, address: str) -> None:
    """Let an address have mail again. RecordNotFound for one that had not unsubscribed."""
    its_row = sa.update(mail_addresses).where(
        mail_addresses.c.address == address_key(address),
        mail_addresses.c.unsubscribed_at.is_not(None),
    )
    values = {"unsubscribed_at": None, "unsubscribed_via": None}
    if writer.connection.execute(its_row.values(values)).rowcount == 0:
        raise RecordNotFound("unsubscribed address", address)
    writer.write_history("mail_address", address_key(address), "resubscribed", 1, {})


def unsubscribed(
    reader: Reader, *, after: str | None = None, limit: int = 100
) -> list[UnsubscribedAddress]:
    """Who wants no mail, by address."""
    query = (
        sa.select(mail_addresses)
        .where(mail_addresses.c.unsubscribed_at.is_not(None))
        .order_by(mail_addresses.c.address)
        .limit(limit)
    )
    if after is not None:
        query = query.where(mail_addresses.c.address > after)
    return [_unsubscribed(row) for row in reader.connection.execute(query).mappings()]


def purge_emails(writer: Writer, *, days: float) -> int:
    """Forget what was sent, or given up, so many days ago. How many that were."""
    old = sa.delete(emails).where(
        emails.c.state.not_in([EmailState.WAITING, EmailState.SENDING]),
        emails.c.created_at < writer.now - timedelta(days=days),
    )
    return int(writer.connection.execute(old).rowcount)


def count_waiting(reader: Reader) -> int:
    """How many mails wait to be sent."""
    its_state = emails.c.state.in_([EmailState.WAITING, EmailState.SENDING])
    found = reader.connection.execute(sa.select(sa.func.count()).where(its_state))
    return int(found.scalar_one())


def _token_of(writer: Writer, address: str) -> str | None:
    """The token of an address, made when it is first seen; None once it has unsubscribed."""
    row = {"address": address_key(address), "token": uuid4().hex, "created_at": writer.now}
    insert = _insert(writer, mail_addresses).on_conflict_do_nothing(index_elements=["address"])
    writer.connection.execute(insert, row)
    query = sa.select(mail_addresses.c.token).where(
        mail_addresses.c.address == row["address"], mail_addresses.c.unsubscribed_at.is_(None)
    )
    return writer.connection.execute(query).scalar()


def _mark_unsubscribed(writer: Writer, key: str, via: str) -> UnsubscribedAddress:
    its_row = mail_addresses.c.address == key
    first = sa.update(mail_addresses).where(its_row, mail_addresses.c.unsubscribed_at.is_(None))
    values = {"unsubscribed_at": writer.now, "unsubscribed_via": via}
    if writer.connection.execute(first.values(values)).rowcount:
        writer.write_history("mail_address", key, "unsubscribed", 1, {"via": (None, via)})
    row = writer.connection.execute(sa.select(mail_addresses).where(its_row)).mappings().one()
    return _unsubscribed(row)


def _dedupe_key(template: str, address: str, cause: str, about: Ref | None) -> str:
    whom = f"{about.type}:{about.id}" if about else address_key(address)
    return f"{whom} {template} {cause}"


def _set(writer: Writer, email_id: int, **values: Any) -> None:
    writer.connection.execute(sa.update(emails).where(emails.c.id == email_id).values(values))


def _insert(writer: Writer, table: sa.Table) -> Any:
    is_postgresql = writer.connection.dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def _email(row: Mapping[Any, Any]) -> Email:
    about = None
    if row["object_type"] is not None and row["object_id"] is not None:
        about = Ref(type=row["object_type"], id=row["object_id"])
    names = ("id", "template", "subject", "text", "html", "cause", "message_id", "created_at")
    more = ("due_at", "tries", "sent_at", "problem")
    return Email(
        **{name: row[name] for name in (*names, *more)},
        to=row["address"],
        about=about,
        state=EmailState(row["state"]),
        token=row.get("token", ""),
    )


def _unsubscribed(row: Mapping[Any, Any]) -> UnsubscribedAddress:
    return UnsubscribedAddress(
        address=row["address"],
        unsubscribed_at=row["unsubscribed_at"],
        via=row["unsubscribed_via"] or "",
    )
