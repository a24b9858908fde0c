"""Actions: what is done with one record, by who sees it and may change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from crm_store.access.roles import require
from crm_store.errors import VersionConflict
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import Answer, ApiCall
from pbx_bridge.web.api.versions import as_precondition, etag_of, wanted_tag, wanted_version

Version = Annotated[int, Field(ge=1)] | None
"""The version that was read; left out, the action is done with whatever is there."""

Act = Callable[[Writer, int, int | None], Any]
"""What is done, with the record's number and the version it has to be at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simply:
    """An action that needs nothing but, if you like, the version that was read."""

    version: Version = None


async def act(call: ApiCall, kind_name: str, version: int | None, action: Act) -> Answer:
    """Do it with the record of the path; answer it as it is then, with its version as ETag.

    ``action`` returns the record, or an Answer of its own.
    """
    require(call.user, "change", kind_name)
    key = int(call.path["id"])
    if wanted_tag(call) is not None:
        version = wanted_version(call, version, "")

    def unit(writer: Writer) -> Answer:
        call.find(writer, kind_name, key)
        done = action(writer, key, version)
        return done if isinstance(done, Answer) else Answer(value=done, headers=etag_of(done))

    try:
        return await call.write(unit)
    except VersionConflict as conflict:
        raise as_precondition(call, conflict) from None
