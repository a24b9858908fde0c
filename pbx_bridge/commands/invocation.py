"""What every command shares: its configuration, an existing store, and words to the operator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer
from rich.console import Console
from rich.text import Text

from crm_store.store import Store
from pbx_bridge import app
from pbx_bridge.config import Config, load_config
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.logs import set_up_logs
from pbx_bridge.setup.check_store import missing_store_file

errors = Console(stderr=True, highlight=False)


def tell(text: str, *, style: str = "") -> None:
    """Say something to the operator on standard error, as it is: no markup, no wrapping."""
    errors.print(Text(text, style=style), soft_wrap=True)


def config_of(context: typer.Context) -> Config:
    """The checked configuration of this invocation; read when a command needs it.

    Raises:
        ConfigError: it cannot be read, or holds what cannot be.
    """
    config = load_config(context.obj)
    set_up_logs(config.log.level, config.log.format)
    return config


@asynccontextmanager
async def existing_store(config: Config) -> AsyncIterator[Store]:
    """Open a store that is there already; asking never makes one, and never migrates one.

    Raises:
        PbxBridgeError: there is no such file.
        StoreError: it is locked, not migrated, or from a newer version.
    """
    missing = missing_store_file(config.store.url)
    if missing is not None:
        raise PbxBridgeError(
            f"there is no store at {missing}",
            hint="`pbx-bridge run`, `migrate` or `backfill` makes one; or is [store] url another?",
        )
    async with app.open_store(config) as store:
        yield store
