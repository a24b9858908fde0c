"""Everything there is, to download: CSV and XLSX for a spreadsheet, JSON lines for a program."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from crm_store.access import roles
from crm_store.access.visibility import sees
from crm_store.lists.exports import (
    EXPORTS,
    Export,
    Spreadsheet,
    csv_header,
    csv_rows,
    json_line,
)
from crm_store.reader import Reader
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.api.problems import ApiProblem

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 500


class ExportFormat(StrEnum):
    """How a list is given out."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: _XLSX,
    ExportFormat.JSONL: "application/x-ndjson",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuery:
    """In which format."""

    format: ExportFormat = ExportFormat.CSV


@endpoint(
    "GET",
    "/exports/{what}",
    path={"what": str},
    query=ExportQuery,
    produces=("text/csv", _XLSX, "application/x-ndjson"),
    tag="Lists",
    summary="Download all records of one kind",
)
async def download_export(call: ApiCall) -> web.StreamResponse:
    """All that the user sees: leads, contacts, accounts, person_accounts, activities,
    opportunities, cases or calls. CSV and XLSX are safe to open, and can be imported again."""
    roles.require(call.user, "see", "export")
    what = call.path["what"]
    export = EXPORTS.get(what.replace("-", "_"))
    if export is None:
        known = ", ".join(EXPORTS)
        raise ApiProblem(404, "not-found", "There is no such list", f"{what!r}; there are: {known}")
    form: ExportFormat = call.query.format
    headers = {
        "Content-Type": _TYPES[form],
        "Content-Disposition": f'attachment; filename="{export.name}.{form.value}"',
        "Cache-Control": "no-store",
    }
    response = web.StreamResponse(headers=headers)
    if form is ExportFormat.XLSX:
        with tempfile.TemporaryDirectory() as folder:
            path = await _write_spreadsheet(call, export, Path(folder) / "export.xlsx")
            await response.prepare(call.request)
            with await asyncio.to_thread(path.open, "rb") as file:
                while block := await asyncio.to_thread(file.read, 1 << 18):
                    await response.write(block)
    else:
        await response.prepare(call.request)
        if form is ExportFormat.CSV:
            await response.write(csv_header(export))
        async for some in _in_blocks(call, export):
            block = csv_rows(export, some) if form is ExportFormat.CSV else _lines(some)
            await response.write(block)
    await response.write_eof()
    return response


def _lines(records: list[Any]) -> bytes:
    return b"".join(json_line(record) for record in records)


async def _write_spreadsheet(call: ApiCall, export: Export, path: Path) -> Path:
    sheet = Spreadsheet(export)
    async for some in _in_blocks(call, export):
        await asyncio.to_thread(_add_all, sheet, some)
    await asyncio.to_thread(sheet.save, path)
    return path


def _add_all(sheet: Spreadsheet, records: list[Any]) -> None:
    for record in records:
        sheet.add(record)


async def _in_blocks(call: ApiCall, export: Export) -> AsyncGenerator[list[Any], None]:
    user = call.user

    def find(reader: Reader) -> Iterator[Any]:
        return (one for one in export.records(reader) if sees(reader, user, one))

    some: list[Any] = []
    found = cast("AsyncGenerator[Any, None]", call.store.stream(find))
    async with aclosing(found) as records:
        async for record in records:
            some.append(record)
            if len(some) == _AT_ONCE:
                yield some
                some = []
    if some:
        yield some


ENDPOINTS = (download_export,)
