"""Lists that were uploaded are taken in here, one after the other, beside the calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from crm_store.errors import StoreError
from crm_store.lists import imports
from crm_store.lists.importing import BESIDE_CALLS, run_import
from crm_store.records import Import, ImportStatus
from crm_store.store import Store

_log = structlog.get_logger(__name__)
_SECONDS = 1.0


async def take_in_lists(store: Store, folder: Path) -> None:
    """Take in every import that is started, from where it stands, until cancelled.

    Only files in ``folder`` are ours: a list that a command reads is the command's. The file goes
    when its rows are in.
    """
    while True:
        try:
            for job in await store.read(imports.running_imports):
                if Path(job.file).parent == folder and job.id is not None:
                    _clean_up(await run_import(store, job.id, pace=BESIDE_CALLS))
        except StoreError as error:
            _log.warning("imports wait for the store", reason=str(error))
        await asyncio.sleep(_SECONDS)


def _clean_up(job: Import) -> None:
    _log.info(
        "list taken in",
        list=job.id,
        status=job.status.value,
        dry_run=job.is_dry_run,
        rows=job.rows,
        created=job.created,
        updated=job.updated,
        skipped=job.skipped,
        failed=job.failed,
        reason=job.reason,
    )
    is_over = job.status in (ImportStatus.DONE, ImportStatus.CANCELLED)
    if is_over and not job.is_dry_run:
        Path(job.file).unlink(missing_ok=True)
