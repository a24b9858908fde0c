"""The state of a store's tables: new, as this program wants them, older, or from a newer one."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from crm_store.errors import StoreNotMigrated, StoreTooNew

_MIGRATION_LOCK = 0x6372_6D5F_7374_6F72
"""PostgreSQL's advisory lock while migrating: two bridges may start at once."""


def migrate(url: str) -> str:
    """Bring the store at ``url`` to this program's tables, creating it where there is none.

    Returns the revision that it is at now. Running it again changes nothing. Raises StoreTooNew
    for a store from a newer version, StoreUnreachable where none can be opened.
    """
    from crm_store.store import Store

    async def open_and_migrate() -> str:
        async with Store.open(url, migrate=True):
            return head_revision()

    with ThreadPoolExecutor(1) as beside_any_running_loop:
        return beside_any_running_loop.submit(asyncio.run, open_and_migrate()).result()


@cache
def head_revision() -> str:
    """The revision that this program works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("crm_store was packaged without its migrations")
    return head


def upgrade(connection: sa.Connection) -> None:
    """Migrate inside the connection's transaction; StoreTooNew for a newer store."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    if not _is_current(connection):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(connection: sa.Connection) -> None:
    """Raise StoreTooNew or StoreNotMigrated unless the store is at this program's revision."""
    if not _is_current(connection):
        where = connection.engine.url.render_as_string(hide_password=True)
        raise StoreNotMigrated(
            f"the store {where} is empty or from an older version",
            hint="migrate it first: pbx-bridge run does, or crm_store.migrate(url)",
        )


def _is_current(connection: sa.Connection) -> bool:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in _known_revisions():
        where = connection.engine.url.render_as_string(hide_password=True)
        raise StoreTooNew(
            f"the store {where} is at revision {revision}, from a newer version than this one",
            hint="start the newer version, or restore the copy made before it was upgraded",
        )
    return revision == head_revision()


@cache
def _known_revisions() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "crm_store:migrations")
    config.set_main_option("path_separator", "os")
    return config
