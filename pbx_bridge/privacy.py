"""Privacy across the store and the disks: erasing somebody, and keeping nothing for ever.

Files go first, then what the store says of them: whatever fails in between is done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import structlog

from crm_store.access import attempts, credentials
from crm_store.errors import StoreError
from crm_store.privacy import retention
from crm_store.privacy.erasure import Erasure, erase
from crm_store.privacy.found import Found, find_people, find_subject
from crm_store.privacy.settings import PrivacySettings
from crm_store.privacy.subject import Subject
from crm_store.reader import Reader
from crm_store.records import By, CallRecord
from crm_store.store import Store, utc_now
from crm_store.writer import Writer
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.recording_files import RecordingFolders

_log = structlog.get_logger(__name__)

_DAY_SECONDS = 24 * 3600.0
_FIRST_SECONDS = 60.0
_AT_ONCE = 200
"""How many calls one unit of work takes: nobody else waits for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased, and which recordings were not found on this host to be deleted."""

    erasure: Erasure
    files_left: tuple[str, ...]


async def erase_subject(
    store: Store, folders: RecordingFolders, subject: Subject, *, is_everybody: bool, by: By
) -> Erased:
    """Erase all there is about a number or an address: recordings from the disks first.

    Raises PbxBridgeError for a recording that cannot be deleted; the store is then unchanged.
    """
    return await _erase(
        store, folders, lambda reader: find_subject(reader, subject, is_everybody=is_everybody), by
    )


async def _erase(
    store: Store, folders: RecordingFolders, find: Callable[[Reader], Found], by: By
) -> Erased:
    seen = await store.read(find)
    left = await _delete_files(folders, seen.files)
    new: list[tuple[str, str]] = []

    def run(writer: Writer) -> Erasure:
        writer.by = by
        for number in sorted(seen.subject.numbers):
            writer.lock_number(number)
        found = find(writer)
        new[:] = [file for file in found.files if file not in seen.files]
        return erase(writer, found)

    erased = await store.write(run)
    left += await _delete_files(folders, new)
    return Erased(erasure=erased, files_left=tuple(left))


@dataclass(slots=True, kw_only=True)
class Swept:
    """What one day's sweep took away."""

    recordings: int = 0
    calls: int = 0
    lost_leads: int = 0
    history: int = 0
    sessions: int = 0


async def keep_to_retention(
    store: Store, folders: RecordingFolders, *, pause_seconds: float = _DAY_SECONDS
) -> None:
    """Once a day, take away what is older than the settings say; until cancelled."""
    await asyncio.sleep(min(_FIRST_SECONDS, pause_seconds))
    while True:
        try:
            swept = await sweep(store, folders)
            done = {one.name: getattr(swept, one.name) for one in fields(swept)}
            if any(done.values()):
                _log.info("retention applied", **done)
        except (StoreError, PbxBridgeError, OSError) as error:
            _log.warning("retention not applied", reason=str(error), again_in_hours=24)
        await asyncio.sleep(pause_seconds)


async def sweep(
    store: Store, folders: RecordingFolders, *, clock: Callable[[], datetime] = utc_now
) -> Swept:
    """Take away what is older than the settings say, in small units of work."""
    settings, now, swept = await store.read(lambda r: r.settings(PrivacySettings)), clock(), Swept()
    if settings.recording_days is not None:
        until = now - timedelta(days=settings.recording_days)
        swept.recordings = await _sweep_recordings(store, folders, until)
    if settings.call_days is not None:
        until = now - timedelta(days=settings.call_days)
        swept.calls = await _sweep_calls(store, folders, until)
    if settings.lost_lead_days is not None:
        until = now - timedelta(days=settings.lost_lead_days)
        swept.lost_leads = await _sweep_lost_leads(store, folders, until)
    if settings.removed_history_days is not None:
        gone = now - timedelta(days=settings.removed_history_days)
        swept.history = await store.write(lambda w: retention.drop_removed_history(w, gone))
    swept.sessions = await store.write(credentials.drop_expired)
    await store.write(attempts.drop_old)
    return swept


async def _sweep_recordings(store: Store, folders: RecordingFolders, until: datetime) -> int:
    many, after = 0, 0
    while some := await store.read(
        lambda r: retention.recorded_calls(r, until, after=after, limit=_AT_ONCE)  # noqa: B023
    ):
        after = some[-1][0]
        theirs = [call for _, call in some if folders.knows(call.pbx)]
        for pbx in sorted({call.pbx for _, call in some} - {call.pbx for call in theirs}):
            _log.warning("recordings kept: their folder is not configured", pbx=pbx)
        await _delete_files(folders, _files(theirs))
        await store.write(lambda w: retention.drop_recordings(w, theirs))  # noqa: B023
        many += sum(len(call.recordings) for call in theirs)
    return many


async def _sweep_calls(store: Store, folders: RecordingFolders, until: datetime) -> int:
    many, after = 0, 0
    while some := await store.read(
        lambda r: retention.named_calls(r, until, after=after, limit=_AT_ONCE)  # noqa: B023
    ):
        after = some[-1][0]
        theirs = [call for _, call in some]
        await _delete_files(folders, _files(theirs))
        many += await store.write(lambda w: retention.forget_calls(w, theirs))  # noqa: B023
    return many


async def _sweep_lost_leads(store: Store, folders: RecordingFolders, until: datetime) -> int:
    lost = await store.read(lambda r: retention.lost_leads(r, until))
    by = By(via="retention")
    for lead_id in lost:
        people = [("lead", lead_id)]
        await _erase(store, folders, lambda r: find_people(r, people), by)  # noqa: B023
    return len(lost)


def _files(calls: Sequence[CallRecord]) -> list[tuple[str, str]]:
    return [(call.pbx, one.path) for call in calls for one in call.recordings]


async def _delete_files(folders: RecordingFolders, files: Sequence[tuple[str, str]]) -> list[str]:
    """Delete these files; return those that were not found below the folders."""
    left = []
    for pbx, path in files:
        try:
            if not await asyncio.to_thread(folders.remove, pbx, path):
                left.append(path)
                _log.warning("recording not found", pbx=pbx, advice=folders.advice(pbx, path))
        except OSError as error:
            raise PbxBridgeError(
                f"a recording on {pbx} cannot be deleted: {error}",
                hint="let the bridge's user write to the recordings' folder, and try again",
            ) from None
    return left
