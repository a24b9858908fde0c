"""What becomes of the rows of a list: made, brought up to date, or left out as known already."""

from __future__ import annotations

import gc
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm_store.capture.responses import respond_to
from crm_store.errors import InvalidRecord, Problem
from crm_store.kinds import KINDS
from crm_store.lists.bulk import Draft, account_ids, add_people, check_people, select_in
from crm_store.lists.rows import ReadRow
from crm_store.matching.likeness import COMPANIES_ALIKE, email_key, names_alike
from crm_store.records import (
    Duplicates,
    Import,
    ImportProblem,
    PersonType,
    PhoneNumber,
    ProductInterest,
)
from crm_store.writer import Writer

_ALIKE = 90.0
_UNLIKE = 50.0
"""Less alike than this, two names under one number are two people at one switchboard."""
_MOST_COMPARED = 50
_MOST_TOLD = 10_000
"""So many rows that were left out are listed one by one; after that they are only counted."""
_EMPTY: tuple[Any, ...] = (None, (), "", {})
_AS_NUMBERS = "SELECT v::int FROM ({}) AS x(v)"
_COMPANY = {
    PersonType.LEAD: "company",
    PersonType.CONTACT: "account",
    PersonType.PERSON_ACCOUNT: "street",
}
_COMPANY_SQL = {
    PersonType.LEAD: ("p.company", ""),
    PersonType.CONTACT: ("a.name", "LEFT JOIN accounts a ON a.id = p.account_id "),
    PersonType.ACCOUNT: ("NULL", ""),
    PersonType.PERSON_ACCOUNT: ("p.street", ""),
}


@dataclass(slots=True, kw_only=True)
class Taken:
    """What became of some rows, and what was wrong with others."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    problems: list[ImportProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody on file, or in a row before, as far as it is compared. ``id`` 0: in a row."""

    id: int
    name: str
    email: str | None
    company: str | None


def _newest_with(table: str, column: str, kind: str) -> str:
    """The query for the newest people who have each of some texts in common, oldest first.

    Only so many are ever compared: a switchboard's number may be that of thousands.
    """
    theirs = f"person_type = '{kind}' AND {column} = wanted.value"
    return (
        f"SELECT wanted.value, known.person_id FROM ({{}}) AS wanted CROSS JOIN {table} AS known "  # noqa: S608
        f"WHERE known.{column} = wanted.value AND known.person_type = '{kind}' "
        f"AND known.person_id >= coalesce((SELECT person_id FROM {table} WHERE {theirs} "
        f"ORDER BY person_id DESC LIMIT 1 OFFSET {_MOST_COMPARED - 1}), 0) "
        "ORDER BY known.person_id"
    )


class Seen:
    """What the rows before had in common with later ones, during a dry run; on disk, not in
    memory."""

    def __init__(self) -> None:
        self._tokens = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._tokens.execute(
            "CREATE TABLE seen (token TEXT, name TEXT, email TEXT, company TEXT,"
            " PRIMARY KEY (token, name)) WITHOUT ROWID"
        )

    def find(self, token: str) -> Iterator[_Known]:
        """Who was told of with this token before."""
        found = self._tokens.execute(
            "SELECT name, email, company FROM seen WHERE token = ? LIMIT ?",
            (token, _MOST_COMPARED),
        )
        for name, email, company in found:
            yield _Known(0, name, email, company)

    def add(self, told: Iterable[tuple[str, _Known]]) -> None:
        """Remember some."""
        rows = [(token, who.name, who.email, who.company) for token, who in told]
        self._tokens.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", rows)


def take_rows(
    writer: Writer, job: Import, rows: Sequence[ReadRow], seen: Seen | None = None
) -> Taken:
    """Take these rows in; of a dry run, say what would become of them (with what was ``seen``)."""
    with _without_collecting():
        return _Taking(writer, job, seen).take(rows)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Thousands of rows are no garbage: looking through them for some costs a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Taking:
    def __init__(self, writer: Writer, job: Import, seen: Seen | None) -> None:
        self._writer, self._job, self._seen = writer, job, seen
        self._type = job.record_type
        self._kind = KINDS[job.record_type.value]
        self._policy = job.options.duplicates
        self._taken = Taken()
        self._columns = {c.field: c.column for c in job.columns if c.field}
        options = job.options
        self._defaults = {
            name: value
            for name in ("owner", "owner_group", "campaign", "source")
            if (value := getattr(options, name)) is not None
        }

    def take(self, rows: Sequence[ReadRow]) -> Taken:
        waiting = []
        for row in rows:
            if row.problems:
                self._taken.failed += 1
                for each in row.problems:
                    self._tell(row.line, each.column, each.value, each.message)
            else:
                waiting.append(row)
        while waiting:
            waiting = self._pass(waiting)
        return self._taken

    def _pass(self, rows: Sequence[ReadRow]) -> list[ReadRow]:
        """Make those who are not on file; return the rows that may be one with those."""
        on_file = self._find(rows)
        new: list[ReadRow] = []
        later: list[ReadRow] = []
        pending: dict[str, list[_Known]] = defaultdict(list)
        for row in rows:
            tokens = self._tokens(row)
            found = self._match(row, tokens, on_file)
            if found is not None:
                self._take_known(row, *found)
                continue
            who = self._who(row)
            if any(
                self._is_one(who, other, token)
                for token in tokens
                for other in pending.get(token, ())[-_MOST_COMPARED:]
            ):
                later.append(row)
                continue
            for token in tokens:
                pending[token].append(who)
            new.append(row)
        self._make(new)
        if self._seen is not None and self._job.is_dry_run:
            self._seen.add((token, who) for token, many in pending.items() for who in many)
        return later

    def _tokens(self, row: ReadRow) -> list[str]:
        tokens = []
        if (key := row.fields.get("key")) is not None:
            tokens.append(f"k:{key}")
        if self._policy is not Duplicates.CREATE:
            tokens += row.keys
            tokens += [f"t:{n.e164}" for n in row.numbers if n.e164 is not None]
        return tokens

    def _who(self, row: ReadRow) -> _Known:
        get = row.fields.get
        return _Known(0, row.fields["name"], get("email"), get(_COMPANY.get(self._type, "")))

    def _find(self, rows: Sequence[ReadRow]) -> dict[str, list[_Known]]:
        """Who is on file with what these rows say: by token."""
        connection, kind = self._writer.connection, self._type.value
        wanted: dict[str, set[str]] = {"k": set(), "t": set(), "m": set()}
        for row in rows:
            for token in self._tokens(row):
                prefix = token[0] if token[0] in "kt" else "m"
                wanted[prefix].add(token if prefix == "m" else token[2:])
        table = self._kind.table.name
        found: list[tuple[str, int]] = []
        for prefix, query in (
            ("k:", f"SELECT key, id FROM {table} WHERE key IN ({{}})"),  # noqa: S608
            ("t:", _newest_with("phone_numbers", "e164", kind)),
            ("", _newest_with("match_keys", "key", kind)),
        ):
            values = sorted(wanted[prefix[:1] or "m"])
            found += [
                (prefix + text, person_id)
                for text, person_id in select_in(connection, query, values)
            ]
        numbers = {row.id for row in rows if row.id is not None}
        found += [(f"i:{number}", number) for number in numbers]
        people = self._people({person_id for _, person_id in found})
        by_token: dict[str, list[_Known]] = defaultdict(list)
        for token, person_id in found:
            if person_id in people:
                by_token[token].append(people[person_id])
        return by_token

    def _people(self, person_ids: set[int]) -> dict[int, _Known]:
        company, join = _COMPANY_SQL[self._type]
        table = self._kind.table.name
        is_sqlite = self._writer.connection.dialect.name == "sqlite"
        number = "SELECT CAST(value AS INTEGER) FROM ({})" if is_sqlite else _AS_NUMBERS
        query = f"SELECT p.id, p.name, p.email, {company} FROM {table} p {join}"  # noqa: S608
        query += f"WHERE p.id IN ({number})"
        rows = select_in(self._writer.connection, query, [str(one) for one in sorted(person_ids)])
        return {row[0]: _Known(row[0], row[1], row[2], row[3]) for row in rows}

    def _match(
        self, row: ReadRow, tokens: Sequence[str], on_file: dict[str, list[_Known]]
    ) -> tuple[_Known, str] | None:
        """The one on file that a row is about, and why it is he."""
        if row.id is not None and (known := on_file.get(f"i:{row.id}")):
            return known[0], f"the same number {row.id}"
        who = None
        for token in tokens:
            known = on_file.get(token, [])
            if self._seen is not None:
                known = [*known, *self._seen.find(token)]
            if not known:
                continue
            who = who or self._who(row)
            for other in reversed(known[-_MOST_COMPARED:]):
                if self._is_one(who, other, token):
                    return other, _WHY[token[0]].format(token[2:])
        return None

    def _is_one(self, who: _Known, other: _Known, token: str) -> bool:
        if token[0] in "ke":
            return True
        if token[0] == "t":
            is_else = who.email and other.email and email_key(who.email) != email_key(other.email)
            return not is_else or names_alike(who.name, other.name) >= _UNLIKE
        is_company = self._type is PersonType.ACCOUNT
        if names_alike(who.name, other.name, is_company=is_company) < _ALIKE:
            return False
        return is_company or bool(
            who.company
            and other.company
            and names_alike(who.company, other.company, is_company=True) >= COMPANIES_ALIKE
        )

    def _take_known(self, row: ReadRow, known: _Known, why: str) -> None:
        if self._policy in (Duplicates.FILL, Duplicates.UPDATE) and known.id:
            self._update(row, known)
        elif self._policy is Duplicates.CREATE and why.startswith("the same key"):
            self._fail(row, [Problem("key", f"is that of {self._said(known)} already")])
        else:
            self._taken.skipped += 1
            if self._job.skipped + self._taken.skipped <= _MOST_TOLD:
                message = f"left out: {self._said(known)} has {why}"
                self._tell(row.line, "", known.name, message)

    def _said(self, known: _Known) -> str:
        if not known.id:
            return f"an earlier row, {known.name},"
        return f"{self._type.value.replace('_', ' ')} {known.id}"

    def _update(self, row: ReadRow, known: _Known) -> None:
        before = self._writer.get(self._type.value, known.id)
        if before is None:
            self._taken.skipped += 1
            return
        changes = self._fields(row)
        account = changes.pop("account", None)
        if account is not None and account != before.account:
            changes["account_id"] = self._accounts([account])[account]
        if "attributes" in changes:
            changes["attributes"] = before.attributes | changes["attributes"]
        if "products" in changes and [one.product for one in before.products] == [
            one.product for one in changes["products"]
        ]:
            del changes["products"]
        if self._policy is Duplicates.FILL:
            changes = {n: v for n, v in changes.items() if getattr(before, n) in _EMPTY}
        if (numbers := _united(before.phone_numbers, row.numbers)) != before.phone_numbers:
            changes["phone_numbers"] = numbers
        changes = {n: v for n, v in changes.items() if getattr(before, n) != v}
        if not changes:
            self._taken.skipped += 1
            return
        if not self._job.is_dry_run:
            try:
                self._writer.change(self._type.value, known.id, changes)
            except InvalidRecord as error:
                self._fail(row, error.problems)
                return
        self._taken.updated += 1

    def _make(self, rows: Sequence[ReadRow]) -> None:
        drafts = []
        for row in rows:
            fields = self._defaults | self._fields(row)
            drafts.append(Draft(fields=fields, numbers=row.numbers, keys=row.keys, words=row.words))
        if self._job.is_dry_run:
            check_people(self._writer, self._type.value, drafts)
        else:
            if self._type is PersonType.CONTACT:
                ids = self._accounts([d.fields["account"] for d in drafts if "account" in d.fields])
                for draft in drafts:
                    if "account" in draft.fields:
                        draft.fields["account_id"] = ids[draft.fields["account"]]
            made = add_people(self._writer, self._type.value, drafts)
            if self._job.options.apply_rules and self._type is PersonType.LEAD:
                for lead_id in filter(None, made):
                    respond_to(self._writer, lead_id)
        for row, draft in zip(rows, drafts, strict=True):
            if draft.problems:
                self._fail(row, draft.problems)
            else:
                self._taken.created += 1

    def _accounts(self, names: Sequence[str]) -> dict[str, int]:
        if self._job.is_dry_run:
            return dict.fromkeys(names, 0)
        return account_ids(self._writer, names, self._defaults)

    def _fields(self, row: ReadRow) -> dict[str, Any]:
        fields = row.fields
        for name, make in _MADE.items():
            if name in fields:
                fields[name] = make(fields[name])
        return fields

    def _fail(self, row: ReadRow, problems: Sequence[Problem]) -> None:
        self._taken.failed += 1
        for problem in problems:
            name = problem.field.split(".")[0]
            column = self._columns.get(problem.field) or self._columns.get(name, problem.field)
            value = row.fields.get(name, self._defaults.get(name, ""))
            self._tell(row.line, column, str(value)[:80], problem.message)

    def _tell(self, line: int, column: str, value: str, message: str) -> None:
        problem = ImportProblem(line=line, column=column, value=value, message=message)
        self._taken.problems.append(problem)


_WHY = {
    "k": "the same key {}",
    "e": "the same e-mail {}",
    "t": "the same number {}",
    "n": "a similar name and company",
}
_MADE: dict[str, Any] = {
    "target_amount": lambda said: said if isinstance(said, Decimal) else Decimal(said),
    "team": tuple,
    "competitors": tuple,
    "products": lambda said: tuple(
        one if isinstance(one, ProductInterest) else ProductInterest(product=one) for one in said
    ),
}


def _united(
    standing: tuple[PhoneNumber, ...], more: Sequence[PhoneNumber]
) -> tuple[PhoneNumber, ...]:
    known = {number.e164 or number.raw for number in standing}
    return (*standing, *(one for one in more if (one.e164 or one.raw) not in known))
