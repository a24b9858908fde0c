"""``check`` against a real Asterisk: all is well, or the one thing that is not is named."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from command_line import CommandLine

from crm_store.records import TrackingNumber
from crm_store.store import Store
from pbx_bridge.lab import LabError, LabPbx, office_files

pytestmark = pytest.mark.live

SETTINGS = {"PBX_BRIDGE_FALLBACK_DIAL": "PJSIP/1001"}
SUBJECTS = [
    *("lab ARI", "lab door", "lab CEL modules", "lab AMI", "lab AMI times", "lab CEL"),
    *("lab dialplan", "lab fallback", "lab clock", "lab journal", "lab recordings"),
    *("lab country", "store", "tracking numbers"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A PBX that has everything, and a bridge's configuration for it."""

    pbx: LabPbx
    cli: CommandLine

    def configure(self, **changes: str | int | None) -> None:
        """Write the configuration, with changes to its [[pbx]]; None leaves a key out."""
        keys: Mapping[str, str | int | None] = {
            "name": "lab",
            "ari_url": self.pbx.ari_url,
            "ari_password": self.pbx.secret,
            "ami_port": self.pbx.ami_port,
            "ami_secret": self.pbx.secret,
            "inbound_contexts": "from-trunk",
            "journal": str(self.pbx.journal),
            "recordings": str(self.pbx.recordings),
            **changes,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items() if value is not None]
        self.cli.write_config("\n".join(['[numbers]\ncountry = "AU"', "[[pbx]]", *lines, ""]))

    async def check(self, *options: str) -> tuple[int, str]:
        """Run ``check`` as the administrator does, beside everything else; its exit and output."""
        script = Path(sys.executable).with_name("pbx-bridge")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PBX_BRIDGE_")}
        process = await asyncio.create_subprocess_exec(
            *(script, "--config", self.cli.config, "check", *options),
            stdout=asyncio.subprocess.PIPE,
            env=clean,
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode("utf-8")

    async def findings(self) -> dict[str, dict[str, Any]]:
        """What ``check --json`` says, by subject."""
        _, output = await self.check("--json")
        return {finding["subject"]: finding for finding in json.loads(output)}


@pytest_asyncio.fixture(scope="module")
async def pbx() -> AsyncIterator[LabPbx]:
    """A PBX with every shipped snippet in it; a machine without the lab fails."""
    try:
        lab = LabPbx(office_files(SETTINGS))
    except LabError as error:
        pytest.fail(f"{error}: {error.hint}", pytrace=False)
    async with lab:
        await lab.cli("module load func_config.so")
        yield lab


@pytest_asyncio.fixture
async def office(pbx: LabPbx, tmp_path: Path) -> Office:
    """The PBX, and a store with one tracking number."""
    cli = CommandLine(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/store.db")
    await write_number(cli)
    office = Office(pbx=pbx, cli=cli)
    office.configure()
    return office


async def write_number(cli: CommandLine) -> None:
    """A store with one tracking number."""
    async with Store.open(cli.store_url, migrate=True) as store:
        number = TrackingNumber(e164="+61255501001", raw="", label="Poster", targets=("1001",))
        await store.write(lambda writer: writer.put_tracking_number(number))


def problem(findings: dict[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Everything that is not good: subject, verdict, what."""
    return [
        (finding["subject"], finding["verdict"], finding["what"])
        for finding in findings.values()
        if finding["verdict"] != "good"
    ]


async def test_all_is_well_with_the_right_configuration(office: Office) -> None:
    """A line each, every one of them ✓, exit 0; the same as JSON."""
    status, output = await office.check()
    lines = output.splitlines()
    assert [line[0] for line in lines] == ["✓"] * len(SUBJECTS), output
    assert status == 0
    findings = await office.findings()
    assert list(findings) == SUBJECTS
    assert problem(findings) == []
    assert findings["lab ARI"]["what"].startswith("Asterisk 22.")
    assert findings["lab fallback"]["what"] == "PBX_BRIDGE_FALLBACK_DIAL=PJSIP/1001"


async def test_all_is_well_on_an_old_asterisk_without_ari(tmp_path: Path) -> None:
    """Asterisk 16 by FastAGI: no line about ARI, and what it told is told over AMI."""
    settings = {**SETTINGS, "PBX_BRIDGE_FASTAGI": "agi://127.0.0.1:4573/inbound"}
    files = office_files(settings, version=16)
    del files["ari.conf"], files["pbx-bridge/ari_pbx_bridge.conf"]
    async with LabPbx(files, version=16) as pbx:
        await pbx.cli("module load func_config.so")
        cli = CommandLine(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/store.db")
        office = Office(pbx=pbx, cli=cli)
        await write_number(cli)
        office.configure(door="fastagi")
        findings = await office.findings()
    assert problem(findings) == []
    assert list(findings) == ["lab door", *SUBJECTS[2:]]
    assert findings["lab door"]["what"] == "FastAGI, agi://127.0.0.1:4573/inbound"


async def test_looking_changes_nothing_and_throws_no_bridge_off_the_line(office: Office) -> None:
    """The dialplan's globals, the ARI applications and the journal are as before."""
    questions = ("dialplan show globals", "ari show apps", "core show channels count")
    before = [await office.pbx.cli(question) for question in questions]
    journal = office.pbx.journal.read_bytes()
    await office.check()
    assert [await office.pbx.cli(question) for question in questions] == before
    assert office.pbx.journal.read_bytes() == journal


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"ami_secret": "wrong"},
            [("lab AMI", "bad", "127.0.0.1:AMI refuses the secret of user 'pbx-bridge'")],
        ),
        (
            {"ari_password": "wrong"},
            [("lab ARI", "bad", "URL refuses the password of user 'pbx-bridge'")],
        ),
        (
            {"ari_app": "crm"},
            [
                (
                    *("lab dialplan", "bad"),
                    "it asks for bridges called pbx-bridge…, and this one is crm",
                )
            ],
        ),
        (
            {"journal": "/nowhere/pbx_bridge.csv"},
            [
                (
                    *("lab journal", "bad"),
                    "the folder /nowhere does not exist: Asterisk writes nothing",
                )
            ],
        ),
        (
            {"recordings": "/nowhere"},
            [("lab recordings", "bad", "the folder /nowhere does not exist")],
        ),
        (
            {"inbound_contexts": "from-mars"},
            [("lab dialplan", "doubtful", "none of inbound_contexts exists: from-mars")],
        ),
        (
            {"journal": None},
            [
                (
                    *("lab journal", "doubtful"),
                    "none is configured: calls that ring while the bridge is away are not recorded",
                )
            ],
        ),
    ],
)
async def test_the_one_thing_that_is_wrong_is_named(
    office: Office, changes: dict[str, str | None], expected: list[tuple[str, str, str]]
) -> None:
    """One mistake, one line that is not ✓, with advice; exit 1 only where it does not work so."""
    office.configure(**changes)
    findings = await office.findings()
    said = [
        (subject, verdict, what.replace(office.pbx.ari_url, "URL"))
        for subject, verdict, what in problem(findings)
    ]
    assert [
        (subject, verdict, what.replace(f":{office.pbx.ami_port}", ":AMI"))
        for subject, verdict, what in said
    ] == expected
    assert all(findings[subject]["advice"] for subject, _, _ in expected)
    status, output = await office.check()
    assert status == (1 if expected[0][1] == "bad" else 0)
    assert ("✗" in output) == (status == 1)


async def test_a_pbx_that_is_not_there_is_two_lines(office: Office) -> None:
    """Neither link can be made; the files are looked at all the same."""
    office.configure(ari_url="http://127.0.0.1:1", ami_port=1)
    found = problem(await office.findings())
    assert [(subject, verdict) for subject, verdict, _ in found] == [
        ("lab ARI", "bad"),
        ("lab AMI", "bad"),
    ]
    assert all("cannot be reached" in what for _, _, what in found)


async def test_a_half_configured_pbx_is_told_what_it_lacks(tmp_path: Path) -> None:
    """No event filter needed to see it: a read-only ARI user, an AMI user without ``call``,
    no timestamps, CEL without the applications, no dialplan, no module for user events."""
    files = office_files(SETTINGS)
    ari, manager, cel = (f"pbx-bridge/{name}_pbx_bridge.conf" for name in ("ari", "manager", "cel"))
    files[ari] = files[ari].replace("read_only=no", "read_only=yes")
    files[manager] = files[manager].replace("write=originate,call", "write=originate,reporting")
    files["manager.conf"] = files["manager.conf"].replace("timestampevents = yes\n", "")
    files[cel] = files[cel].replace("apps=dial,queue,", "apps=")
    files["extensions.conf"] = "[from-trunk]\nexten => s,1,Hangup()\n"
    async with LabPbx(files) as pbx:
        await pbx.cli("module load func_config.so")
        await pbx.cli("module unload app_celgenuserevent.so")
        cli = CommandLine(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/store.db")
        office = Office(pbx=pbx, cli=cli)
        office.configure()
        found = problem(await office.findings())
    assert found == [
        ("lab ARI", "bad", "user 'pbx-bridge' may only read: he cannot claim a call"),
        ("lab CEL modules", "bad", "not loaded: app_celgenuserevent.so"),
        (
            *("lab AMI", "bad"),
            "user 'pbx-bridge' may not set variables: callers stay unnamed",
        ),
        (
            *("lab AMI times", "bad"),
            "timestampevents is off: ringing phones are not seen, live times are whole seconds",
        ),
        ("lab CEL", "bad", "apps lacks dial, queue"),
        ("lab dialplan", "bad", "the context pbx-bridge-inbound is not loaded"),
        ("store", "doubtful", f"{tmp_path}/store.db does not exist yet"),
    ]
