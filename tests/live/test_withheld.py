"""A caller who withholds his number: it was not meant for us, and we do not keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bridge import Office
from bridge_command import BridgeCommand
from company import JANE, POSTER
from wire import AWAY, inbound

from pbx_bridge.lab import Phone, SippPhone

HIDDEN = "+61491570006"
"""Jane's number, which the network tells the PBX and asks it to keep to itself."""
WAYS: dict[str, Any] = {
    "identity asserted": {
        "raw_from": '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "headers": {"P-Asserted-Identity": f"<sip:{HIDDEN}@carrier.example>", "Privacy": "id"},
    },
    "number in From": {
        "raw_from": f'"Jane Doe" <sip:{HIDDEN}@carrier.example>',
        "headers": {"P-Asserted-Identity": f"<sip:{HIDDEN}@carrier.example>", "Privacy": "id"},
    },
    "privacy asked for, no identity asserted": {
        "raw_from": f'"Jane Doe" <sip:{HIDDEN}@carrier.example>',
        "headers": {"Privacy": "id;critical"},
    },
    "From alone": {"raw_from": '"Anonymous" <sip:anonymous@anonymous.invalid>'},
}


def kept_by(office: Office) -> bytes:
    """Everything in the store's files, those of its write-ahead log among them."""
    folder = Path(office.store_url.partition("///")[2]).parent
    return b"".join(path.read_bytes() for path in folder.glob("crm.db*"))


@pytest.mark.parametrize("way", WAYS)
async def test_a_withheld_number_is_nowhere(
    quiet_office: Office, alice: Phone, tmp_path: Path, way: str
) -> None:
    """He is found by his call ID; his number is in no record, no file of the store and no log."""
    office = quiet_office
    alice.answers_after_seconds = 0.3
    async with BridgeCommand(office, tmp_path, log={"level": "debug"}) as bridge:
        before = kept_by(office).count(JANE[1:].encode())
        wire = await office.trunk.call(
            "",
            POSTER.raw,
            hang_up_after_seconds=0.3,
            **WAYS[way],
        )
        shown = await alice.wait_for_ring()
        call = await office.wait_for_call()
        await alice.wait_for_end()
        (found,) = await office.calls(call_id=shown.display_name.split()[-1])

    assert shown.display_name == f"Withheld {call.call_id}"
    assert JANE[1:] not in alice.calls[0].messages[0].text
    assert found == call
    assert call == inbound(
        wire,
        POSTER,
        {"1001": alice.calls[0]},
        caller_number="anonymous",
        caller_e164=None,
        caller_name="",
        is_withheld=True,
        record=None,
        recordings=call.recordings,
    )
    assert kept_by(office).count(JANE[1:].encode()) == before
    assert JANE[1:] not in bridge.log
    assert (await office.leads(), await office.activities()) == ([], [])


@pytest.mark.parametrize("way", WAYS)
async def test_nor_is_it_kept_from_the_journal(
    quiet_office: Office, tmp_path: Path, way: str
) -> None:
    """He called while the bridge was away: the journal holds his number, and we keep none."""
    office = quiet_office
    before = kept_by(office).count(JANE[1:].encode())
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call("", POSTER.raw, hang_up_after_seconds=0.2, **WAYS[way])
        await desk.wait_for_end()
    async with BridgeCommand(office, tmp_path, log={"level": "debug"}) as bridge:
        call = await office.wait_for_call()

    assert call == inbound(
        wire,
        POSTER,
        {"1001": desk.calls[0]},
        caller_number="anonymous",
        caller_e164=None,
        is_withheld=True,
        record=None,
        **AWAY,
    )
    assert kept_by(office).count(JANE[1:].encode()) == before
    assert JANE[1:] not in bridge.log
