"""The journal as a database table, as a finding."""

from __future__ import annotations

from pbx_bridge.asterisk.cel import UnreadableRowError
from pbx_bridge.asterisk.cel_table import CelTable
from pbx_bridge.config import PbxConfig
from pbx_bridge.errors import LinkError
from pbx_bridge.setup.findings import Finding, bad, doubtful, good


async def findings(pbx: PbxConfig) -> list[Finding]:
    """Judge one PBX's table; nothing where it has none."""
    if pbx.journal_table is None:
        return []
    table = CelTable(pbx.journal_table.get_secret_value())
    subject = f"{pbx.name} journal"
    try:
        newest = await table.read_newest()
    except LinkError as error:
        return [bad(subject, str(error), error.hint)]
    except UnreadableRowError as problem:
        advice = "Make the table with dialplan/cel_table.sql."
        return [bad(subject, f"{table.address}: its newest row tells nothing: {problem}", advice)]
    if newest is None:
        return [doubtful(subject, f"{table.address} is empty", "Place a call, and look again.")]
    when = f"{newest.at:%Y-%m-%d %H:%M:%S} UTC"
    return [good(subject, f"{table.address}: the newest row is of {when}")]
