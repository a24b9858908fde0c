"""The store, as findings: is it there, is it ours, does it know our numbers?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from crm_store.errors import StoreError, StoreNotMigrated
from crm_store.records import TrackingNumber
from crm_store.schema import head_revision
from crm_store.store import Store
from pbx_bridge.setup.findings import Finding, bad, doubtful, good


async def findings(url: str) -> list[Finding]:
    """Judge the store at a URL, without making or migrating one."""
    missing = missing_store_file(url)
    if missing is not None:
        return [_missing_file(missing)]
    try:
        async with Store.open(url) as store:
            numbers = await store.read(lambda reader: reader.tracking_numbers())
    except StoreNotMigrated as error:
        return [
            doubtful("store", str(error), "`pbx-bridge migrate` makes its tables; so does run.")
        ]
    except StoreError as error:
        return [bad("store", str(error), error.hint)]
    where = sa.make_url(url).render_as_string(hide_password=True)
    return [good("store", f"{where}, revision {head_revision()}"), *_check_numbers(numbers)]


def missing_store_file(url: str) -> Path | None:
    """The SQLite file that a URL names, where it does not exist."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    path = Path(parsed.database).absolute()
    return None if path.exists() else path


def _missing_file(path: Path) -> Finding:
    if path.parent.is_dir():
        advice = "`pbx-bridge run` makes it, or `migrate`. Is it where you expect it?"
        return doubtful("store", f"{path} does not exist yet", advice)
    return bad("store", f"the folder {path.parent} does not exist", "Make it, or see [store] url.")


def _check_numbers(numbers: Sequence[TrackingNumber]) -> Iterator[Finding]:
    if numbers:
        yield good("tracking numbers", f"{len(numbers)} loaded")
    else:
        yield doubtful(
            "tracking numbers",
            "none: every call goes to your fallback",
            "Write them into a file and `pbx-bridge load` it (docs/company.md).",
        )
