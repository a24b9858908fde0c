"""The kinds of record: which class, which table, and what is kept beside the row.

Most fields are columns of the same name. What is not (a person's numbers, a user's extensions, a
contact's company) is the business of the kind; everything that reads, changes, compares, exports
or serves records goes by this one list.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

import msgspec
import sqlalchemy as sa

from crm_store import queries
from crm_store.engines.prepared import Prepared
from crm_store.filters import ActivityFilter, LeadFilter
from crm_store.matching import match_keys
from crm_store.records import (
    Account,
    Activity,
    BusinessHours,
    Campaign,
    Case,
    Contact,
    EmailTemplate,
    Group,
    Lead,
    Matched,
    MissedReason,
    NumberPool,
    Opportunity,
    Person,
    PersonAccount,
    PersonType,
    PhoneNumber,
    Product,
    ResponseRule,
    TrackingNumber,
    User,
    WebForm,
    WebHook,
)
from crm_store.tables import (
    accounts,
    activities,
    business_hours,
    campaigns,
    cases,
    contacts,
    email_templates,
    group_members,
    groups,
    leads,
    number_pools,
    opportunities,
    person_accounts,
    phone_numbers,
    products,
    response_rules,
    tracking_numbers,
    user_extensions,
    users,
    web_forms,
    web_hooks,
)

R = TypeVar("R")
Row = Mapping[Any, Any]
Key = int | str


class Kind(Generic[R]):
    """How the records of one type are kept.

    ``derived`` fields are read from elsewhere and never written; ``secret`` ones stay out of the
    history and of every answer. Changes of an ``is_announced`` kind are events that others may
    listen to.
    """

    bookkeeping: ClassVar[frozenset[str]] = frozenset({"id", "version", "created_at", "updated_at"})
    derived: ClassVar[frozenset[str]] = frozenset()
    secret: ClassVar[frozenset[str]] = frozenset()
    parts: ClassVar[frozenset[str]] = frozenset()
    """Fields that are kept in other tables, or in columns of other names."""

    def __init__(
        self,
        name: str,
        record: type[R],
        table: sa.Table,
        *,
        key: str = "id",
        is_announced: bool = False,
    ) -> None:
        self.name, self.record, self.table, self.key = name, record, table, key
        self.is_announced = is_announced

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of the record, in its order."""
        return tuple(each.name for each in fields(self.record))  # type: ignore[arg-type]

    @cached_property
    def changeable(self) -> frozenset[str]:
        """The fields that a change may name."""
        fixed = self.bookkeeping | self.derived
        return frozenset(self.fields) - (fixed if self.key == "id" else fixed | {self.key})

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The fields that the history tells of."""
        untold = self.bookkeeping | self.derived | self.secret
        return tuple(name for name in self.fields if name not in untold)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The fields that are columns of the same name, without those that the store gives."""
        own = set(self.table.c.keys()) - {"id"}
        return tuple(n for n in self.fields if n in own and n not in self.derived | self.parts)

    @cached_property
    def words(self) -> dict[str, type[StrEnum]]:
        """The fields that hold a word of an enumeration."""
        hints = get_type_hints(self.record)
        found: dict[str, type[StrEnum]] = {}
        for name in self.columns:
            for hint in (hints[name], *get_args(hints[name])):
                if isinstance(hint, type) and issubclass(hint, StrEnum):
                    found[name] = hint
        return found

    def select(self) -> sa.Select[Any]:
        """The question that every row of this kind answers."""
        return sa.select(self.table)

    def read(self, connection: sa.Connection, rows: Sequence[Row]) -> list[R]:
        """The records of these rows."""
        joined, key = self.joined(connection, rows), self.key
        return [self.record(**self.values(row), **joined.get(row[key], {})) for row in rows]

    def values(self, row: Row) -> dict[str, Any]:
        """The fields that the row says."""
        values = {name: row[name] for name in self.columns}
        if "id" in self.fields:
            values["id"] = row["id"]
        for name, words in self.words.items():
            if values[name] is not None:
                values[name] = words(values[name])
        values.update(self.made(row))
        return values

    def made(self, row: Row) -> dict[str, Any]:
        """The fields that are made of columns of other names, or are read from elsewhere."""
        return {}

    def joined(
        self, connection: sa.Connection, rows: Sequence[Row]
    ) -> Mapping[Key, dict[str, Any]]:
        """The fields that are kept in other tables, by the key of each row."""
        return {}

    def row(self, connection: sa.Connection, record: R) -> dict[str, Any]:
        """The columns that a record fills, but for its ``id``."""
        return {name: getattr(record, name) for name in self.columns}

    def write_parts(self, connection: sa.Connection, key: Key, record: R, before: R | None) -> None:
        """Write what is kept in other tables; ``before`` is what stood there."""

    def forget_parts(self, connection: sa.Connection, key: Key, before: R) -> None:
        """Let go of what is kept in other tables and is no part of the record."""


class PersonKind(Kind[Any]):
    """Leads, contacts, accounts and person accounts."""

    parts = frozenset({"phone_numbers", "first_call"})

    def __init__(self, person_type: PersonType, record: type[Person], table: sa.Table) -> None:
        super().__init__(person_type.value, record, table, is_announced=True)
        self.person_type = person_type

    def made(self, row: Row) -> dict[str, Any]:
        """The call that made it."""
        return {"first_call": _call_key(row["first_call_pbx"], row["first_call_linkedid"])}

    def joined(
        self, connection: sa.Connection, rows: Sequence[Row]
    ) -> Mapping[Key, dict[str, Any]]:
        """The numbers of these people."""
        ids = [row["id"] for row in rows]
        numbers = read_phone_numbers(connection, self.person_type, ids)
        return {one: {"phone_numbers": numbers.get(one, ())} for one in ids}

    def row(self, connection: sa.Connection, record: Any) -> dict[str, Any]:
        """The columns that a person fills."""
        pbx, linkedid = record.first_call or (None, None)
        more = {"first_call_pbx": pbx, "first_call_linkedid": linkedid}
        return super().row(connection, record) | more

    def write_parts(self, connection: sa.Connection, key: Key, record: Any, before: Any) -> None:
        """Write the numbers, where they are others than before, and what it may be known by."""
        match_keys.write(connection, self.person_type, int(key), record, before)
        standing = before.phone_numbers if before is not None else ()
        if record.phone_numbers == standing:
            return
        if standing:
            connection.execute(
                sa.delete(phone_numbers).where(
                    phone_numbers.c.person_type == self.person_type,
                    phone_numbers.c.person_id == key,
                )
            )
        for number in record.phone_numbers:
            values = {
                "person_type": self.person_type,
                "person_id": key,
                "e164": number.e164,
                "raw": number.raw,
                "label": number.label,
            }
            _INSERT_NUMBER.run(connection, values)

    def forget_parts(self, connection: sa.Connection, key: Key, before: Any) -> None:
        """Let go of what it may be known by."""
        match_keys.forget(connection, self.person_type, int(key))


_OF_THE_CALL = frozenset({"call_id", "wait_seconds", "talk_seconds", "recordings", "missed_reason"})


class LeadKind(PersonKind):
    """Leads, with what their first calls say."""

    derived = _OF_THE_CALL

    def select(self) -> sa.Select[Any]:
        """Every lead, beside its first call."""
        return queries.find_leads(LeadFilter()).order_by(None)

    def made(self, row: Row) -> dict[str, Any]:
        """What a lead's first call says."""
        return super().made(row) | _of_call(row)


class ContactKind(PersonKind):
    """Contacts, with the names of their companies."""

    parts = PersonKind.parts | {"account"}

    def select(self) -> sa.Select[Any]:
        """Every contact, beside his company."""
        return sa.select(contacts, accounts.c.name.label("account")).outerjoin(
            accounts, accounts.c.id == contacts.c.account_id
        )

    def made(self, row: Row) -> dict[str, Any]:
        """The name of a contact's company."""
        return super().made(row) | {"account": row["account"]}


class ActivityKind(Kind[Activity]):
    """Activities, with what their calls say."""

    derived = _OF_THE_CALL
    parts = frozenset({"about", "call"})

    def select(self) -> sa.Select[Any]:
        """Every activity, beside its call."""
        return queries.find_activities(ActivityFilter()).order_by(None)

    def made(self, row: Row) -> dict[str, Any]:
        """Whom an activity is about, and its call."""
        about = None
        if row["person_type"] is not None and row["person_id"] is not None:
            about = Matched(
                type=PersonType(row["person_type"]),
                id=row["person_id"],
                name=row["person_name"] or "",
            )
        call = _call_key(row["pbx"], row["linkedid"])
        return _of_call(row) | {"about": about, "call": call}

    def row(self, connection: sa.Connection, record: Activity) -> dict[str, Any]:
        """The columns that an activity fills."""
        pbx, linkedid = record.call or (None, None)
        about = record.about
        return super().row(connection, record) | {
            "person_type": about.type if about else None,
            "person_id": about.id if about else None,
            "person_name": about.name if about else None,
            "pbx": pbx,
            "linkedid": linkedid,
        }


class CaseKind(Kind[Case]):
    """Cases."""

    parts = frozenset({"first_call"})

    def made(self, row: Row) -> dict[str, Any]:
        """The call that opened a case."""
        return {"first_call": _call_key(row["first_call_pbx"], row["first_call_linkedid"])}

    def row(self, connection: sa.Connection, record: Case) -> dict[str, Any]:
        """The columns that a case fills."""
        pbx, linkedid = record.first_call or (None, None)
        more = {"first_call_pbx": pbx, "first_call_linkedid": linkedid}
        return super().row(connection, record) | more


class UserKind(Kind[User]):
    """Users, with their extensions and groups."""

    parts = frozenset({"extensions", "groups"})
    secret = frozenset({"password_hash"})

    def joined(
        self, connection: sa.Connection, rows: Sequence[Row]
    ) -> Mapping[Key, dict[str, Any]]:
        """The extensions and groups of these users."""
        names = [row["name"] for row in rows]
        extensions = _listed(connection, user_extensions, "extension", names)
        theirs = _listed(connection, group_members, "group_name", names)
        return {
            name: {"extensions": extensions.get(name, ()), "groups": theirs.get(name, ())}
            for name in names
        }

    def write_parts(
        self, connection: sa.Connection, key: Key, record: User, before: User | None
    ) -> None:
        """Write the extensions, which are his alone from now on, and the groups."""
        if before is None or before.extensions != record.extensions:
            taken = user_extensions.c.extension.in_(record.extensions)
            his = user_extensions.c.user_name == record.name
            connection.execute(sa.delete(user_extensions).where(sa.or_(his, taken)))
            _insert_listed(connection, user_extensions, "extension", record.name, record.extensions)
        if before is None or before.groups != record.groups:
            his = group_members.c.user_name == record.name
            connection.execute(sa.delete(group_members).where(his))
            _insert_listed(connection, group_members, "group_name", record.name, record.groups)


class TrackingNumberKind(Kind[TrackingNumber]):
    """Tracking numbers, with their business hours."""

    parts = frozenset({"hours"})

    def joined(
        self, connection: sa.Connection, rows: Sequence[Row]
    ) -> Mapping[Key, dict[str, Any]]:
        """The business hours of these numbers."""
        found = connection.execute(BUSINESS_HOURS.select()).mappings().all()
        hours = {one.name: one for one in BUSINESS_HOURS.read(connection, found)}
        return {
            row["e164"]: {"hours": hours[row["hours"]] if row["hours"] else None} for row in rows
        }

    def row(self, connection: sa.Connection, record: TrackingNumber) -> dict[str, Any]:
        """The columns that a tracking number fills; its hours are there already."""
        hours = record.hours.name if record.hours else None
        return super().row(connection, record) | {"hours": hours}


class WebHookKind(Kind[WebHook]):
    """Web hooks, each with a secret, and with how delivering goes."""

    derived = frozenset({"failures", "failing_since", "problem"})
    secret = frozenset({"secret"})

    def made(self, row: Row) -> dict[str, Any]:
        """What delivering has shown."""
        return {name: row[name] for name in self.derived}

    def row(self, connection: sa.Connection, record: WebHook) -> dict[str, Any]:
        """The columns that a hook fills; with a new secret where it has none."""
        row = super().row(connection, record)
        return row | {"secret": record.secret or new_secret()}


def new_secret() -> str:
    """A secret to sign web hooks with, after the Standard Webhooks specification."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


LEAD = LeadKind(PersonType.LEAD, Lead, leads)
CONTACT = ContactKind(PersonType.CONTACT, Contact, contacts)
ACCOUNT = PersonKind(PersonType.ACCOUNT, Account, accounts)
PERSON_ACCOUNT = PersonKind(PersonType.PERSON_ACCOUNT, PersonAccount, person_accounts)
ACTIVITY = ActivityKind("activity", Activity, activities, is_announced=True)
CASE = CaseKind("case", Case, cases, is_announced=True)
OPPORTUNITY = Kind("opportunity", Opportunity, opportunities, is_announced=True)
USER = UserKind("user", User, users, key="name")
GROUP = Kind("group", Group, groups, key="name")
PRODUCT = Kind("product", Product, products, key="name")
CAMPAIGN = Kind("campaign", Campaign, campaigns, key="name")
BUSINESS_HOURS = Kind("business_hours", BusinessHours, business_hours, key="name")
TRACKING_NUMBER = TrackingNumberKind(
    "tracking_number", TrackingNumber, tracking_numbers, key="e164"
)

WEB_FORM = Kind("web_form", WebForm, web_forms, key="name")
NUMBER_POOL = Kind("number_pool", NumberPool, number_pools, key="name")
RESPONSE_RULE = Kind("response_rule", ResponseRule, response_rules, key="name")

WEB_HOOK = WebHookKind("web_hook", WebHook, web_hooks)
EMAIL_TEMPLATE = Kind("email_template", EmailTemplate, email_templates, key="name")

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        *(LEAD, CONTACT, ACCOUNT, PERSON_ACCOUNT, ACTIVITY, CASE, OPPORTUNITY),
        *(USER, GROUP, PRODUCT, CAMPAIGN, BUSINESS_HOURS, TRACKING_NUMBER),
        *(WEB_FORM, NUMBER_POOL, RESPONSE_RULE),
        *(WEB_HOOK, EMAIL_TEMPLATE),
    )
}
"""Every kind of record that can be made, changed and asked for, by its name."""

_BY_RECORD: dict[type, Kind[Any]] = {kind.record: kind for kind in KINDS.values()}


def kind_of(record: Any) -> Kind[Any]:
    """The kind of a record; TypeError for a thing that is none."""
    try:
        return _BY_RECORD[type(record)]
    except KeyError:
        raise TypeError(f"{type(record).__name__} is no record of the store") from None


_INSERT_NUMBER = Prepared(
    lambda _: sa.insert(phone_numbers).values(
        {c.name: sa.bindparam(c.name) for c in phone_numbers.c if c.name != "id"}
    )
)


def _numbers_of(dialect: str) -> sa.Select[Any]:
    """The numbers of many people. SQLite is handed their ids as one text, so that the question
    stays the same however many they are."""
    wanted: Any = sa.bindparam("person_ids", expanding=True)
    if dialect == "sqlite":
        listed = sa.func.json_each(sa.bindparam("person_ids", type_=sa.Text))
        wanted = sa.select(sa.column("value")).select_from(listed)
    return (
        sa.select(phone_numbers)
        .where(
            phone_numbers.c.person_type == sa.bindparam("kind"),
            phone_numbers.c.person_id.in_(wanted),
        )
        .order_by(phone_numbers.c.person_id, phone_numbers.c.id)
    )


_NUMBERS_OF = Prepared(_numbers_of)


def read_phone_numbers(
    connection: sa.Connection, kind: PersonType, person_ids: Sequence[int]
) -> dict[int, tuple[PhoneNumber, ...]]:
    """The numbers of these people, by their ids."""
    if not person_ids:
        return {}
    is_sqlite = connection.dialect.name == "sqlite"
    ids: Any = msgspec.json.encode(list(person_ids)).decode() if is_sqlite else list(person_ids)
    found = _NUMBERS_OF.rows(connection, {"kind": kind, "person_ids": ids})
    return {
        person_id: tuple(
            PhoneNumber(raw=row["raw"], e164=row["e164"], label=row["label"]) for row in theirs
        )
        for person_id, theirs in groupby(found, key=lambda row: row["person_id"])
    }


def _listed(
    connection: sa.Connection, table: sa.Table, column: str, names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    query = (
        sa.select(table.c.user_name, table.c[column])
        .where(table.c.user_name.in_(names))
        .order_by(table.c.user_name, table.c.position)
    )
    found = connection.execute(query).all()
    return {
        name: tuple(row[1] for row in theirs)
        for name, theirs in groupby(found, key=lambda row: str(row[0]))
    }


def _insert_listed(
    connection: sa.Connection, table: sa.Table, column: str, name: str, values: Sequence[str]
) -> None:
    if values:
        connection.execute(
            sa.insert(table),
            [
                {column: value, "user_name": name, "position": position}
                for position, value in enumerate(values)
            ],
        )


def _call_key(pbx: str | None, linkedid: str | None) -> tuple[str, str] | None:
    return None if pbx is None or linkedid is None else (pbx, linkedid)


def _of_call(row: Row) -> dict[str, Any]:
    reason = row["call_missed_reason"]
    return {
        "call_id": row["call_id"],
        "wait_seconds": row["wait_seconds"],
        "talk_seconds": row["talk_seconds"],
        "recordings": row["recordings"] or (),
        "missed_reason": MissedReason(reason) if reason else None,
    }
