"""Your company from one TOML file into the store: who answers, what is published, who is known.

Reading checks all that can be checked without the store; writing is one unit of work, so a file
is loaded whole or not at all. Loading it again changes only what the file changed: every entry
has a natural key (``docs/company.md``).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crm_store.numbers import phone_number, to_e164
from crm_store.records import (
    Account,
    BusinessHours,
    Campaign,
    Contact,
    Lead,
    ListName,
    Person,
    PersonAccount,
    TrackingNumber,
    User,
)
from crm_store.writer import Writer
from pbx_bridge.company_file import (
    CompanyFile,
    ContactEntry,
    HoursEntry,
    LeadEntry,
    PersonEntry,
    TrackingNumberEntry,
)
from pbx_bridge.company_problems import explain, name_entry
from pbx_bridge.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What a company file says, as records in the order of the file."""

    source: str
    users: tuple[User, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    business_hours: tuple[BusinessHours, ...] = ()
    tracking_numbers: tuple[TrackingNumber, ...] = ()
    accounts: tuple[Account, ...] = ()
    contacts: tuple[Contact, ...] = ()
    person_accounts: tuple[PersonAccount, ...] = ()
    leads: tuple[Lead, ...] = ()
    listed_numbers: tuple[tuple[str, ListName], ...] = ()

    @property
    def people(self) -> Iterator[tuple[str, int, Person]]:
        """Everybody on file: the table, the place in it (from 1), the person."""
        for table in ("accounts", "contacts", "person_accounts", "leads"):
            for place, person in enumerate(getattr(self, table), start=1):
                yield table, place, person

    @property
    def counts(self) -> Mapping[str, int]:
        """How many entries of each kind."""
        tables = [field.name for field in fields(self) if field.name != "source"]
        return {table.replace("_", " "): len(getattr(self, table)) for table in tables}


def read_company(path: Path, country: str | None) -> Company:
    """Read and check a company file; ``country`` reads national numbers where the file names none.

    Raises:
        ConfigError: it cannot be read, or entries in it cannot be: all of them are named.
    """
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    try:
        file = CompanyFile.model_validate(settings)
    except ValidationError as error:
        problems = [explain(problem, settings) for problem in error.errors()]
    else:
        reading = _Reading(file, file.country or country)
        company = reading.company(str(path))
        problems = reading.problems
        if not problems:
            return company
    raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))


def write_company(writer: Writer, company: Company) -> None:
    """Write a company into the store: a unit of work for ``Store.write``.

    Raises:
        ConfigError: an entry names a user or a campaign that is neither in the file nor in the
            store. Nothing is written.
    """
    problems = list(_unknown_names(writer, company))
    if problems:
        raise ConfigError("\n".join(f"{company.source}: {problem}" for problem in problems))
    for user in company.users:
        writer.put_user(user)
    for campaign in company.campaigns:
        writer.put_campaign(campaign)
    for hours in company.business_hours:
        writer.put_business_hours(hours)
    for number in company.tracking_numbers:
        writer.put_tracking_number(number)
    for _, _, person in company.people:
        writer.put(person)
    for e164, name in company.listed_numbers:
        writer.list_number(e164, name)


def _unknown_names(writer: Writer, company: Company) -> Iterator[str]:
    users = {user.name for user in (*writer.users(), *company.users)}
    campaigns = {campaign.name for campaign in (*writer.campaigns(), *company.campaigns)}
    for place, number in enumerate(company.tracking_numbers, start=1):
        if number.campaign is not None and number.campaign not in campaigns:
            where = name_entry("tracking_numbers", place, number.label, "campaign")
            yield f"{where}: no campaign is named {number.campaign!r}"
    for table, place, person in company.people:
        if person.owner is not None and person.owner not in users:
            where = name_entry(table, place, person.name, "owner")
            yield f"{where}: no user is named {person.owner!r}"
        if person.campaign is not None and person.campaign not in campaigns:
            where = name_entry(table, place, person.name, "campaign")
            yield f"{where}: no campaign is named {person.campaign!r}"


class _Reading:
    """Entries → records; what cannot be is noted, so that one reading names everything."""

    def __init__(self, file: CompanyFile, country: str | None) -> None:
        self._file = file
        self._country = country
        self._hours = {entry.name: _hours(entry) for entry in file.business_hours}
        self.problems: list[str] = []

    def company(self, source: str) -> Company:
        file = self._file
        self._check_doubles()
        return Company(
            source=source,
            users=tuple(
                User(
                    name=entry.name,
                    email=entry.email,
                    extensions=entry.extensions,
                    is_active=entry.active,
                )
                for entry in file.users
            ),
            campaigns=tuple(
                Campaign(
                    name=entry.name,
                    is_active=entry.active,
                    starts_on=entry.starts_on,
                    ends_on=entry.ends_on,
                    comment=entry.comment,
                )
                for entry in file.campaigns
            ),
            business_hours=tuple(self._hours.values()),
            tracking_numbers=tuple(
                self._tracking_number(place, entry)
                for place, entry in enumerate(file.tracking_numbers, start=1)
            ),
            accounts=tuple(
                Account(**self._person("accounts", place, entry))
                for place, entry in enumerate(file.accounts, start=1)
            ),
            contacts=tuple(
                Contact(
                    **self._person("contacts", place, entry),
                    account=entry.account,
                    title=entry.title,
                )
                for place, entry in enumerate(file.contacts, start=1)
            ),
            person_accounts=tuple(
                PersonAccount(**self._person("person_accounts", place, entry))
                for place, entry in enumerate(file.person_accounts, start=1)
            ),
            leads=tuple(
                Lead(
                    **self._person("leads", place, entry),
                    company=entry.company,
                    status=entry.status,
                )
                for place, entry in enumerate(file.leads, start=1)
            ),
            listed_numbers=tuple(
                (self._e164(number, f"[lists] {name}"), name)
                for name in ListName
                for number in getattr(file.lists, name)
            ),
        )

    def _tracking_number(self, place: int, entry: TrackingNumberEntry) -> TrackingNumber:
        where = name_entry("tracking_numbers", place, entry.label, "")
        if entry.hours is not None and entry.hours not in self._hours:
            self.problems.append(f"{where}hours: no [[business_hours]] is named {entry.hours!r}")
        return TrackingNumber(
            e164=self._e164(entry.number, f"{where}number"),
            raw=entry.number,
            label=entry.label,
            campaign=entry.campaign,
            source=entry.source,
            medium=entry.medium,
            route=entry.route,
            targets=entry.targets,
            ring_seconds=entry.seconds,
            voicemail_box=entry.voicemail_box,
            is_recorded=entry.recorded,
            announcement=entry.announcement,
            hours=self._hours.get(entry.hours) if entry.hours else None,
            owner_first=entry.owner_first,
        )

    def _person(self, table: str, place: int, entry: PersonEntry) -> dict[str, Any]:
        for number in entry.numbers:
            self._e164(number.number, name_entry(table, place, entry.name, "numbers"))
        return {
            "name": entry.name,
            "phone_numbers": tuple(
                phone_number(number.number, self._country, number.label) for number in entry.numbers
            ),
            "email": entry.email,
            "owner": entry.owner,
            "campaign": entry.campaign,
            "source": entry.source,
            "comment": entry.comment,
            "key": entry.key,
        }

    def _e164(self, raw: str, where: str) -> str:
        e164 = to_e164(raw, self._country)
        if e164 is None:
            country = f"in {self._country} " if self._country else ""
            self.problems.append(
                f"{where}: {raw!r} is no phone number {country}(write it as +61 …, or set country)"
            )
        return e164 or ""

    def _check_doubles(self) -> None:
        """Two entries with one key would overwrite each other, silently."""
        file = self._file
        extensions = [extension for user in file.users for extension in user.extensions]
        self._note_doubles("[[users]] extensions", extensions)
        for table in ("users", "campaigns", "business_hours"):
            names = [entry.name for entry in getattr(file, table)]
            self._note_doubles(f"[[{table}]] name", names)
        numbers = [to_e164(entry.number, self._country) for entry in file.tracking_numbers]
        self._note_doubles("[[tracking_numbers]] number", [one for one in numbers if one])
        for table in ("accounts", "contacts", "person_accounts", "leads"):
            self._note_doubles(
                f"[[{table}]] key", [_natural_key(entry) for entry in getattr(file, table)]
            )

    def _note_doubles(self, where: str, keys: Sequence[str]) -> None:
        for key, count in Counter(keys).items():
            if count > 1:
                self.problems.append(f"{where}: {key!r} stands there {count} times")


def _natural_key(entry: ContactEntry | LeadEntry | PersonEntry) -> str:
    account = entry.account if isinstance(entry, ContactEntry) else None
    return entry.key or (f"{entry.name} @ {account}" if account else entry.name)


def _hours(entry: HoursEntry) -> BusinessHours:
    return BusinessHours(
        name=entry.name,
        time_zone=entry.time_zone,
        weekly=entry.weekly,
        country=entry.country,
        subdivision=entry.subdivision,
        closed_on=entry.closed_on,
        open_on=entry.open_on,
    )
