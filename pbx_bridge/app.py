"""The composition root: what runs, made of which parts. One TaskGroup owns every task.

Cancelling :func:`run_bridge` is shutting down: links close, what has been read is written, the
journal's mark is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import IO

import structlog

from crm_store.errors import StoreError
from crm_store.reader import Reader
from crm_store.records import CallRecord
from crm_store.store import Store
from pbx_bridge.asterisk.cel_table import CelTable
from pbx_bridge.asterisk.fastagi import FastAgiDoor, FastAgiListener
from pbx_bridge.asterisk.links import AsteriskLine
from pbx_bridge.asterisk.recordings import RecordingFolder
from pbx_bridge.asterisk.sources import JournalFile
from pbx_bridge.asterisk.spool import Spool
from pbx_bridge.backfilling import BackfillCounts, write_journals
from pbx_bridge.call_flow import CallFlow
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.lines import Lines
from pbx_bridge.config import Config, PbxConfig
from pbx_bridge.decisions.caller_id import DisplayTemplates
from pbx_bridge.decisions.routing import RoutingSettings
from pbx_bridge.decisions.templates import parse_template
from pbx_bridge.directory import Directory, read_directory
from pbx_bridge.flow_settings import FlowSettings
from pbx_bridge.journal_telling import Reading
from pbx_bridge.list_tasks import take_in_lists
from pbx_bridge.logs import log_call
from pbx_bridge.messages.tasks import start_messages
from pbx_bridge.pbx_lease import LeaseKeeper
from pbx_bridge.pbx_watch import PbxWatch
from pbx_bridge.privacy import keep_to_retention
from pbx_bridge.recording_files import RecordingFolders
from pbx_bridge.web.health import Health
from pbx_bridge.web.services import Services
from pbx_bridge.web.site import make_site, serve_site

_log = structlog.get_logger(__name__)

_DIRECTORY_SECONDS = 2.0
_DOOR_MARGIN_SECONDS = 0.05
"""The dialplan began to count before the event reached us."""
_HOLD_MARGIN_SECONDS = 0.1
"""A caller who has stood in Stasis for the budget and this is held by nobody's good reason."""


async def run_bridge(
    config: Config, *, on_write: Callable[[CallRecord], None] = lambda record: None
) -> None:
    """Run the bridge until it is cancelled.

    Raises:
        StoreError: the store cannot be opened or was written by a newer version.
    """
    async with open_store(config, migrate=True) as store, asyncio.TaskGroup() as tasks:
        read_ours = partial(read_directory, call_logging=config.call_logging.settings())
        shelf = _DirectoryShelf(await store.read(read_ours), read_ours)
        tasks.create_task(shelf.keep_fresh(store), name="directory")

        def note(record: CallRecord) -> None:
            log_call(record)
            on_write(record)

        watches = [_make_watch(config, pbx, store, shelf, note) for pbx in config.pbx]
        for watch in watches:
            watch.start(tasks)
        health = Health(
            pbxs=[watch.health for watch in watches],
            is_store_up=lambda: _can_read(store),
            messages=start_messages(tasks, store, config.web_hooks, config.mail),
            fastagi=_start_fastagi(tasks, config, watches),
        )
        services = _services(config, shelf, watches)
        site = make_site(health, store, services)
        lists = take_in_lists(store, config.lists.folder.absolute())
        tasks.create_task(lists, name="lists")
        tasks.create_task(keep_to_retention(store, services.recordings), name="privacy")
        tasks.create_task(serve_site(site, config.web.host, config.web.port), name="web")


def _start_fastagi(
    tasks: asyncio.TaskGroup, config: Config, watches: Sequence[PbxWatch]
) -> FastAgiListener | None:
    """The one listener for every PBX whose door is FastAGI; None where none's is."""
    doors = [
        FastAgiDoor(
            pbx=pbx.name,
            addresses=pbx.fastagi_networks(),
            greet=watch.greet,
            mark=watch.mark_fastagi,
        )
        for pbx, watch in zip(config.pbx, watches, strict=True)
        if pbx.door == "fastagi"
    ]
    if not doors:
        return None
    listener = FastAgiListener(
        host=config.fastagi.host,
        port=config.fastagi.port,
        doors=doors,
        patience_seconds=config.mid_call.budget_ms / 1000,
    )
    tasks.create_task(listener.keep(), name="FastAGI")
    return listener


def _services(config: Config, shelf: _DirectoryShelf, watches: Sequence[PbxWatch]) -> Services:
    rules = config.call_logging.settings()
    return Services(
        configured={rules.name: rules},
        directory=lambda: shelf.directory,
        country=config.numbers.country,
        calls_up=lambda: [told for watch in watches for told in watch.calls_up()],
        elsewhere=lambda: {watch.name for watch in watches if watch.stands_by},
        lists_folder=config.lists.folder.absolute(),
        lists_most_bytes=config.lists.most_megabytes * 1_000_000,
        recordings=RecordingFolders({pbx.name: pbx.recordings for pbx in config.pbx}),
    )


@asynccontextmanager
async def open_store(config: Config, *, migrate: bool = False) -> AsyncIterator[Store]:
    """Open the configured store for the length of a block."""
    async with Store.open(config.store.url, migrate=migrate) as store:
        yield store


async def backfill(
    config: Config,
    pbx: PbxConfig,
    files: Iterable[IO[bytes]],
    *,
    on_progress: Callable[[BackfillCounts], None] = lambda counts: None,
) -> BackfillCounts:
    """Read whole journals into the store: rows of any order and age, through the one door.

    Raises:
        PbxBridgeError: a journal cannot be read to its end.
        StoreError: the store cannot be opened or was written by a newer version.
    """
    async with open_store(config, migrate=True) as store:
        rules = config.call_logging.settings()
        directory = await store.read(partial(read_directory, call_logging=rules))
        flow = _make_flow(config, pbx, store, lambda: directory, lambda record: None)
        kept = await store.read(lambda reader: reader.unfinished_stories(pbx.name))
        reading = Reading(
            pbx=pbx.name,
            trunks=pbx.trunks,
            inbound_contexts=pbx.inbound_contexts,
            stories=tuple(kept),
            log_level=config.log.level,
            log_format=config.log.format,
        )
        return await write_journals(flow, reading, list(files), on_progress)


def _make_flow(
    config: Config,
    pbx: PbxConfig,
    store: Store,
    directory: Callable[[], Directory],
    on_write: Callable[[CallRecord], None],
    is_door_open: Callable[[], bool] = lambda: False,
    may_write: Callable[[], bool] = lambda: True,
    is_anothers: Callable[[], bool] = lambda: False,
) -> CallFlow:
    book = CallBook(
        pbx.name, Lines(trunks=pbx.trunks, inbound_contexts=frozenset(pbx.inbound_contexts))
    )
    return CallFlow(
        book=book,
        store=store,
        settings=_flow_settings(config, pbx),
        directory=directory,
        measure=RecordingFolder(pbx.recordings, pbx.recordings_url).measure,
        is_door_open=is_door_open,
        on_write=on_write,
        may_write=may_write,
        is_anothers=is_anothers,
    )


def _flow_settings(config: Config, pbx: PbxConfig) -> FlowSettings:
    mid_call = config.mid_call
    return FlowSettings(
        country=config.country_of(pbx),
        budget_seconds=max(0.01, mid_call.budget_ms / 1000 - _DOOR_MARGIN_SECONDS),
        templates=DisplayTemplates(
            known=parse_template(mid_call.known_caller),
            stranger=parse_template(mid_call.stranger),
            withheld=parse_template(mid_call.withheld),
            cap=mid_call.max_length,
        ),
        routing=RoutingSettings(
            owner_seconds=mid_call.owner_seconds,
            vip_targets=mid_call.vip_extensions,
            vip_seconds=mid_call.vip_seconds,
            closed_announcement=mid_call.closed_announcement,
            is_vip_served_when_closed=mid_call.vip_passes_closed,
        ),
        phones=pbx.phones,
    )


class _DirectoryShelf:
    """The directory that everybody reads, renewed every few seconds."""

    def __init__(self, directory: Directory, read: Callable[[Reader], Directory]) -> None:
        self.directory = directory
        self._read = read

    async def keep_fresh(self, store: Store) -> None:
        while True:
            await asyncio.sleep(_DIRECTORY_SECONDS)
            try:
                self.directory = await store.read(self._read)
            except StoreError as error:
                _log.warning("directory not renewed", reason=str(error))


def _make_watch(
    config: Config,
    pbx: PbxConfig,
    store: Store,
    shelf: _DirectoryShelf,
    on_write: Callable[[CallRecord], None],
) -> PbxWatch:
    line = AsteriskLine(
        name=pbx.name,
        ari_url=pbx.ari_url,
        ari_user=pbx.ari_user,
        ari_password=pbx.ari_password.get_secret_value(),
        ari_app=pbx.ari_app,
        ami_host=pbx.ami_host,
        ami_port=pbx.ami_port,
        ami_user=pbx.ami_user,
        ami_secret=pbx.ami_secret.get_secret_value(),
        hold_limit_seconds=config.mid_call.budget_ms / 1000 + _HOLD_MARGIN_SECONDS,
    )
    lease = LeaseKeeper(store, pbx.name)
    flow = _make_flow(
        config,
        pbx,
        store,
        lambda: shelf.directory,
        on_write,
        is_door_open=lambda: line.is_door_open,
        may_write=lambda: lease.is_ours,
        is_anothers=lambda: lease.is_anothers,
    )
    source = _make_source(config, pbx)
    return PbxWatch(
        name=pbx.name,
        line=line,
        flow=flow,
        store=store,
        lease=lease,
        has_ari=pbx.door == "ari",
        source=source,
        spool=source if isinstance(source, Spool) else None,
    )


def _make_source(config: Config, pbx: PbxConfig) -> JournalFile | CelTable | Spool:
    """Where a PBX's events are read: its journal, its table, or what AMI tells."""
    if pbx.journal is not None:
        return JournalFile(pbx.journal)
    if pbx.journal_table is not None:
        return CelTable(pbx.journal_table.get_secret_value())
    return Spool(config.spool.folder, pbx.name)


async def _can_read(store: Store) -> bool:
    try:
        async with asyncio.timeout(2.0):
            await store.read(lambda reader: reader.journal_position(""))
    except (StoreError, TimeoutError):
        return False
    return True
