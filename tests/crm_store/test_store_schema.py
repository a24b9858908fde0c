"""Opening a store: a new one, ours, an old one, a newer one, and none at all."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from store_samples import ringing

import crm_store
from crm_store import schema, tables
from crm_store.engines import sqlite
from crm_store.errors import (
    StoreLocked,
    StoreNotMigrated,
    StoreTooNew,
    StoreUnreachable,
    StoreUrlError,
)
from crm_store.reader import Reader
from crm_store.records import Account, Contact, Lead, PersonAccount
from crm_store.store import Store
from crm_store.writer import Writer


def connection_of(reader: Reader) -> sa.Connection:
    return reader._connection


def foreign_keys_of(connection: sa.Connection) -> set[tuple[Any, ...]]:
    """What SQLite enforces; SQLAlchemy cannot read the actions of a column's own REFERENCES."""
    return {
        (table, row["from"], row["table"], row["on_delete"], row["on_update"])
        for table in tables.metadata.tables
        for row in connection.execute(sa.text(f"PRAGMA foreign_key_list({table})")).mappings()
    }


def expected_foreign_keys() -> set[tuple[Any, ...]]:
    return {
        (
            table.name,
            key.parent.name,
            key.column.table.name,
            key.ondelete or "NO ACTION",
            key.onupdate or "NO ACTION",
        )
        for table in tables.metadata.tables.values()
        for key in table.foreign_keys
    }


async def test_the_migrations_make_the_tables_that_the_code_speaks_of(store: Store) -> None:
    """From empty to head: Alembic finds no difference to tables.py, checks included."""

    def compare(reader: Reader) -> Any:
        connection = connection_of(reader)
        inspector = sa.inspect(connection)
        checks = {
            str(check["name"])
            for table in tables.metadata.tables
            for check in inspector.get_check_constraints(table)
        }
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, tables.metadata)
        if connection.dialect.name == "sqlite":
            assert foreign_keys_of(connection) == expected_foreign_keys()
            differences = [one for one in differences if not one[0].endswith("_fk")]
        return differences, checks

    expected = {
        str(check.name)
        for table in tables.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint)
    }
    differences, checks = await store.read(compare)
    assert differences == []
    assert checks == expected
    assert "ck_calls_outcome" in checks


@pytest.mark.parametrize(
    ("table", "column", "word"),
    [
        ("calls", "outcome", "lost"),
        ("calls", "direction", "sideways"),
        ("calls", "missed_reason", "lunch"),
    ],
)
async def test_a_word_that_is_none_of_ours_is_refused_by_the_engine(
    store: Store, table: str, column: str, word: str
) -> None:
    """Whoever writes past this code can't put a new outcome into the reports."""
    await store.write(lambda w: w.put_call(ringing()))
    change = sa.text(f"UPDATE {table} SET {column} = '{word}'")
    with pytest.raises(Exception, match=rf"ck_{table}_{column}|CHECK"):
        await store.write(lambda w: connection_of(w).execute(change))


async def test_migrating_again_changes_nothing(store_url: str) -> None:
    """The second time no table is touched and what is stored stays; also two at once."""
    assert await asyncio.to_thread(crm_store.migrate, store_url) == schema.head_revision()
    async with Store.open(store_url) as store:
        await store.write(lambda w: w.put_call(ringing()))
    again = [asyncio.to_thread(crm_store.migrate, store_url) for _ in range(2)]
    assert await asyncio.gather(*again) == [schema.head_revision()] * 2
    async with Store.open(store_url) as store:
        assert await store.read(lambda r: list(r.find_calls())) == [ringing()]


async def test_two_bridges_may_create_the_store_at_once(empty_store_url: str) -> None:
    """Both start on an empty store: one migrates, the other waits, both open."""

    async def open_and_count() -> int:
        async with Store.open(empty_store_url, migrate=True) as store:
            return len(await store.read(lambda r: list(r.find_calls())))

    assert await asyncio.gather(open_and_count(), open_and_count()) == [0, 0]


async def test_a_store_from_a_newer_version_is_refused(store_url: str) -> None:
    """Neither opened nor migrated: the error names the revision, and nothing was changed."""
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    async with Store.open(store_url, migrate=True) as store:
        await store.write(lambda w: w.put_call(ringing()))
        await store.write(lambda w: connection_of(w).execute(newer).rowcount)
    for migrate in (False, True):
        with pytest.raises(StoreTooNew, match="9999") as refused:
            async with Store.open(store_url, migrate=migrate):
                pass
        assert refused.value.hint


async def test_an_empty_store_is_refused_with_what_to_do(empty_store_url: str) -> None:
    """Without ``migrate`` nothing is created by accident."""
    with pytest.raises(StoreNotMigrated) as refused:
        async with Store.open(empty_store_url):
            pass
    assert "migrate" in refused.value.hint


@pytest.mark.parametrize(
    "url", ["", "crm.db", "sqlite://", "sqlite:///:memory:", "mysql://localhost/crm"]
)
async def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    """The hint shows both forms that work."""
    with pytest.raises(StoreUrlError) as refused:
        async with Store.open(url):
            pass
    assert "sqlite+aiosqlite:///" in refused.value.hint
    assert "postgresql+asyncpg://" in refused.value.hint


async def test_a_store_that_is_not_there_says_which_and_hides_its_password(
    tmp_path: Path,
) -> None:
    """A missing folder, a file that is something else, a server that is down."""
    other = tmp_path / "letter.txt"
    other.write_text("Dear Sir or Madam, " * 500)
    for url in (
        f"sqlite:///{tmp_path}/missing/store.db",
        f"sqlite:///{other}",
        "postgresql+asyncpg://crm:s3cret@127.0.0.1:1/crm",
    ):
        with pytest.raises(StoreUnreachable) as refused:
            async with Store.open(url, migrate=True):
                pass
        assert "s3cret" not in str(refused.value)
        assert refused.value.hint


async def test_a_locked_store_is_told_to_the_writer_and_works_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program sits on the file: the write fails by name, reads go on, nothing is lost."""
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.05)
    file = tmp_path / "store.db"
    async with Store.open(f"sqlite:///{file}", migrate=True) as store:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked):
            await store.write(lambda w: w.put_call(ringing()))
        assert await store.read(lambda r: list(r.find_calls())) == []
        other.execute("ROLLBACK")
        other.close()
        assert await store.write(lambda w: w.put_call(ringing())) is True


async def test_postgres_going_away_is_told_and_coming_back_is_noticed(postgres_url: str) -> None:
    """Every connection cut in the middle of a unit: that unit fails by name, the next works."""
    cut = sa.text("SELECT pg_terminate_backend(pg_backend_pid())")
    async with Store.open(postgres_url, migrate=True) as store:
        with pytest.raises(StoreUnreachable):
            await store.write(lambda w: connection_of(w).execute(cut))
        assert await store.write(lambda w: w.put_call(ringing())) is True


async def test_sqlite_is_durable_when_it_acknowledges(tmp_path: Path) -> None:
    """The log is a WAL and each commit is synced (2 is FULL), readers can't write."""

    def pragmas(reader: Reader) -> list[Any]:
        ask = connection_of(reader).exec_driver_sql
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return [ask(f"PRAGMA {name}").scalar() for name in names]

    async with Store.open(f"sqlite:///{tmp_path}/store.db", migrate=True) as store:
        assert await store.write(pragmas) == ["wal", 2, 1, 0]
        assert await store.read(pragmas) == ["wal", 2, 1, 1]


async def test_a_store_from_before_finds_its_numbered_shops_again(store_url: str) -> None:
    """Match keys have learnt to say digits: those of people on file are written anew."""

    def make(w: Writer) -> list[Any]:
        account_id = w.add(Account(name="Shop 12", email="shop@x.example.com"))
        w.add(Account(name="Acme"))
        w.add(Contact(name="Ann Lee", account_id=account_id))
        w.add(Lead(name="Ann Lee", company="Shop 13"))
        w.add(PersonAccount(name="Eve Moss", street="1 High St"))
        made = keys(w)
        table = tables.match_keys
        old = {"key": sa.func.replace(sa.func.replace(table.c.key, "#12", ""), "#13", "")}
        w.connection.execute(sa.update(table).values(old))
        w.connection.execute(sa.text("UPDATE alembic_version SET version_num = '0011'"))
        return made

    def keys(r: Reader) -> list[Any]:
        query = sa.select(tables.match_keys).order_by(*tables.match_keys.c)
        return [tuple(row) for row in r.connection.execute(query)]

    async with Store.open(store_url, migrate=True) as store:
        made = await store.write(make)
        assert await store.read(keys) != made
    async with Store.open(store_url, migrate=True) as store:
        assert await store.read(keys) == made
