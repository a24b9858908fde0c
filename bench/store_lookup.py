"""How long a look-up by number takes among 1,000,000 contacts, in SQLite, through the Store."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles

from bench.figure import Figure, say
from crm_store import Store, migrate
from crm_store.callers import find_caller
from crm_store.schema import head_revision
from pbx_bridge.lab.installation import cache_directory

PEOPLE = 1_000_000
LOOK_UPS = 2_000
_MADE_AT = "2026-11-22T09:00:00.000000Z"


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return p50 and p99, of numbers on file and of strangers, in milliseconds."""
    return asyncio.run(_measure(people_file(), LOOK_UPS // 10 if is_quick else LOOK_UPS))


def people_file() -> Path:
    """A store with a million contacts: kept between runs, made when there is none. Copy it."""
    file = cache_directory() / "bench" / f"people-{PEOPLE}-{head_revision()}.db"
    if not file.exists():
        say(f"making a store of {PEOPLE:,} contacts, once")
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        migrate(f"sqlite:///{unfinished}")
        fill(unfinished, PEOPLE)
        with sqlite3.connect(unfinished) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        unfinished.replace(file)
    return file


def fill(file: Path, people: int) -> None:
    """Put contacts into a migrated store, a number each, the fast way: past the Store."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("INSERT INTO users (name, is_active, role) VALUES ('Tom', 1, 'manager')")
        connection.execute("INSERT INTO user_extensions VALUES ('101', 'Tom', 0)")
        connection.executemany(
            "INSERT INTO accounts (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)",
            ((number, f"Company {number}", _MADE_AT, _MADE_AT) for number in range(people // 10)),
        )
        connection.executemany(
            "INSERT INTO contacts (id, name, owner, account_id, created_at, updated_at)"
            " VALUES (?, ?, 'Tom', ?, ?, ?)",
            _contacts(people),
        )
        connection.executemany(
            "INSERT INTO phone_numbers (person_type, person_id, e164, raw) VALUES"
            " ('contact', ?, ?, ?)",
            ((number, e164_of(number), e164_of(number)) for number in range(people)),
        )

        connection.executemany(
            "INSERT INTO search_words (word, type, id) VALUES (?, 'contact', ?)",
            (
                (word.lower(), number)
                for number in range(people)
                for word in name_of(number).split()
            ),
        )
        connection.executemany(
            "INSERT INTO search_words (word, type, id) VALUES (?, 'account', ?)",
            ((word, number) for number in range(people // 10) for word in _company(number)),
        )
        connection.execute("ANALYZE")


def _company(number: int) -> tuple[str, str]:
    return "company", str(number)


_FIRST = ("Ada", "Ben", "Carla", "Dov", "Elif", "Finn", "Grace", "Hana", "Ivo", "June", "Kofi")
_SYLLABLES = ("ba", "cor", "del", "fen", "gar", "hil", "jan", "kem", "lor", "mar", "nov", "per")


def name_of(number: int) -> str:
    """The name of the contact with this id: some hundreds share a surname, as in a real list."""
    rest, syllables = number * 7919 % 1_000_003, []
    for _ in range(3):
        rest, index = divmod(rest, len(_SYLLABLES))
        syllables.append(_SYLLABLES[index])
    return f"{_FIRST[number % len(_FIRST)]} {''.join(syllables).title()}"


def e164_of(number: int) -> str:
    """The phone number of the contact with this id, scattered as real ones are."""
    return f"+614{number * 7919 % 100_000_000:08d}"


def _contacts(people: int) -> Iterator[tuple[int, str, int, str, str]]:
    for number in range(people):
        yield number, name_of(number), number % (people // 10), _MADE_AT, _MADE_AT


async def _measure(file: Path, look_ups: int) -> list[Figure]:
    random = Random(2)
    known = [e164_of(random.randrange(PEOPLE)) for _ in range(look_ups)]
    strangers = [f"+4930{random.randrange(10**7):07d}" for _ in range(look_ups)]
    async with Store.open(f"sqlite:///{file}") as store:
        figures: list[Figure] = []
        for who, numbers, expected in (("known", known, 1), ("a stranger", strangers, 0)):
            milliseconds = []
            for e164 in numbers:
                started = time.perf_counter()
                caller = await store.read(partial(find_caller, e164=e164))
                milliseconds.append((time.perf_counter() - started) * 1_000)
                if len(caller.facts.candidates) != expected:
                    raise RuntimeError(f"{e164}: {len(caller.facts.candidates)} candidates")
            cuts = quantiles(milliseconds, n=100)
            where = f"look-up of {who} among {PEOPLE:,} people"
            figures.append(Figure(name=f"{where}, p50", value=cuts[49], unit="ms"))
            figures.append(Figure(name=f"{where}, p99", value=cuts[98], unit="ms", note="aim ≤ 2"))
        return figures


if __name__ == "__main__":
    print(*run(), sep="\n")
