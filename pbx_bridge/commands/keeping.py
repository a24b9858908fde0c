"""``migrate`` and ``load``: what an administrator does to the store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from crm_store.schema import head_revision
from pbx_bridge import app
from pbx_bridge.commands.invocation import config_of
from pbx_bridge.company import Company, read_company, write_company
from pbx_bridge.config import Config


def migrate(context: typer.Context) -> None:
    """Create the store's tables, or bring them up to date. `run` does it too."""
    config = config_of(context)
    asyncio.run(_migrate(config))
    where = sa.make_url(config.store.url).render_as_string(hide_password=True)
    typer.echo(f"{where} is at revision {head_revision()}")


async def _migrate(config: Config) -> None:
    async with app.open_store(config, migrate=True):
        pass


def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="See docs/company.md.")],
) -> None:
    """Write your users, campaigns, tracking numbers and customers into the store."""
    config = config_of(context)
    company = read_company(file, config.numbers.country)
    asyncio.run(_load(config, company))
    counts = ", ".join(f"{count} {noun}" for noun, count in company.counts.items() if count)
    typer.echo(f"{file}: {counts or 'nothing'} written")


async def _load(config: Config, company: Company) -> None:
    async with app.open_store(config, migrate=True) as store:
        await store.write(lambda writer: write_company(writer, company))
