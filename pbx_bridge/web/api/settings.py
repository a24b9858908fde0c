"""The settings: what an administrator changes while the bridge runs, a section for each subject.

A section is read and written whole. Its defaults, or what the configuration file says, hold until
somebody has written it: then it has a version.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, make_dataclass
from functools import partial
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import ConfigDict, Field

from crm_store.access.credentials import AccessSettings
from crm_store.access.roles import require
from crm_store.call_forms import CallFormSettings
from crm_store.call_logging import CallLoggingSettings
from crm_store.capture.form_submissions import WebFormSettings
from crm_store.errors import InvalidRecord, Problem, VersionConflict
from crm_store.messages.call_events import CallEventSettings
from crm_store.messages.deliveries import WebHookSettings
from crm_store.privacy.settings import PrivacySettings
from crm_store.reader import Reader
from crm_store.records import HistoryEntry
from crm_store.sales.lead_settings import LeadSettings
from crm_store.settings import Section
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import Answer, ApiCall, Endpoint, endpoint
from pbx_bridge.web.api.versions import as_precondition, wanted_version
from pbx_bridge.web.services import services_of

SECTIONS: tuple[type[Section], ...] = (
    CallLoggingSettings,
    CallFormSettings,
    LeadSettings,
    AccessSettings,
    CallEventSettings,
    WebHookSettings,
    WebFormSettings,
    PrivacySettings,
)
"""Every section that can be read and written. It says in ``problems()`` what keeps it
from being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionVersion:
    """A section, and how often it was written: 0 for never."""

    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionVersions:
    """Every section there is."""

    items: tuple[SectionVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionHistory:
    """Who changed what of a section, oldest first."""

    items: tuple[HistoryEntry, ...]


@endpoint(
    "GET", "/settings", returns=SectionVersions, scope="read", tag="Settings", summary="Sections"
)
async def list_settings(call: ApiCall) -> SectionVersions:
    """Every section of the settings, and how often it was written."""
    require(call.user, "see", "settings")
    return await call.read(
        lambda reader: SectionVersions(
            items=tuple(
                SectionVersion(name=each.name, version=reader.settings_with_version(each)[1])
                for each in SECTIONS
            )
        )
    )


def settings_now(reader: Reader, section: type[Any], configured: Any | None) -> tuple[Any, int]:
    """A section as it holds, and its version: ``configured`` until somebody has written it."""
    written, version = reader.settings_with_version(section)
    return (written, version) if version or configured is None else (configured, 0)


async def _read(section: type[Any], answer: type[Any], call: ApiCall) -> Answer:
    require(call.user, "see", "settings")
    configured = services_of(call.services).configured.get(section.name)
    value, version = await call.read(lambda r: settings_now(r, section, configured))
    return _answer(answer, section, value, version)


async def _write(section: type[Any], answer: type[Any], call: ApiCall, body: Any) -> Answer:
    require(call.user, "change", "settings")
    said = 'send "version" in the body, or If-Match with the ETag; 0 for a section never written'
    version = wanted_version(call, body.version, said)

    def write(writer: Writer) -> int:
        try:
            return writer.put_settings(body.value, version=version)
        except InvalidRecord as error:
            problems = [Problem(f"value.{one.field}", one.message) for one in error.problems]
            raise InvalidRecord(problems) from None

    try:
        written = await call.write(write)
    except VersionConflict as conflict:
        raise as_precondition(call, conflict) from None
    return _answer(answer, section, body.value, written)


async def _history(section: type[Any], call: ApiCall) -> SectionHistory:
    require(call.user, "see", "settings")
    return await call.read(
        lambda r: SectionHistory(items=tuple(r.history_of("settings", section.name)))
    )


def _answer(answer: type[Any], section: type[Any], value: Any, version: int) -> Answer:
    said = answer(name=section.name, version=version, value=value)
    return Answer(value=said, headers={"ETag": f'"{version}"'})


def _refuse_unknown_keys(of: type[Any]) -> None:
    """Let a section, and every part of it, refuse keys that it does not have."""
    if "__pydantic_config__" not in vars(of):
        of.__pydantic_config__ = ConfigDict(extra="forbid")
        hints = get_type_hints(of)
        for part in (hints[field.name] for field in fields(of)):
            for each in (part, *get_args(part)):
                if isinstance(each, type) and is_dataclass(each):
                    _refuse_unknown_keys(each)


def _endpoints_of(section: type[Any]) -> tuple[Endpoint, ...]:
    _refuse_unknown_keys(section)
    title, words = section.__name__, section.name.replace("_", " ")
    version = Annotated[int, Field(ge=0)]
    answer = make_dataclass(
        f"{title}Answer",
        [("name", str), ("version", version), ("value", section)],
        frozen=True,
        kw_only=True,
    )
    change = make_dataclass(
        f"{title}Change",
        [("value", section), ("version", version | None, None)],
        frozen=True,
        kw_only=True,
    )
    answer.__doc__ = f"The settings of {words}, and how often they were written."
    change.__doc__ = f"The settings of {words}; ``version`` is the one that was read."
    path, said = f"/settings/{section.name}", section.__doc__ or ""
    return (
        Endpoint(
            method="GET",
            path=path,
            run=partial(_read, section, answer),
            returns=answer,
            tag="Settings",
            summary=f"Read the settings of {words}",
            description=said,
            name=f"read_{section.name}_settings",
        ),
        Endpoint(
            method="PUT",
            path=path,
            run=partial(_write, section, answer),
            body=change,
            returns=answer,
            scope="admin",
            tag="Settings",
            summary=f"Write the settings of {words}",
            description=said,
            name=f"write_{section.name}_settings",
        ),
        Endpoint(
            method="GET",
            path=f"{path}/history",
            run=partial(_history, section),
            returns=SectionHistory,
            tag="Settings",
            summary=f"Who changed the settings of {words}",
            name=f"read_{section.name}_settings_history",
        ),
    )


ENDPOINTS = (list_settings, *(each for section in SECTIONS for each in _endpoints_of(section)))
