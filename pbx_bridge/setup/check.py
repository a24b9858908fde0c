"""``check``: is everything in place that the bridge needs? A finding for each thing.

It reads; it changes nothing, on the PBX or in the store.
"""

from __future__ import annotations

import asyncio

from pbx_bridge.asterisk.inspect import AmiView, AriView, look_at_ami, look_at_ari
from pbx_bridge.config import Config, PbxConfig
from pbx_bridge.errors import LinkError
from pbx_bridge.setup import (
    check_ami,
    check_ari,
    check_fastagi,
    check_files,
    check_store,
    check_table,
)
from pbx_bridge.setup.findings import Finding, bad, doubtful, good


async def check_everything(config: Config) -> list[Finding]:
    """Look at every PBX, then at the store; never raises for what it finds."""
    findings = []
    if not config.pbx:
        findings.append(
            bad("PBX", "no [[pbx]] is configured", "Write one: `pbx-bridge init DIR` shows how.")
        )
    for each in await asyncio.gather(*(_check_pbx(config, pbx) for pbx in config.pbx)):
        findings += each
    return findings + await check_store.findings(config.store.url)


async def _check_pbx(config: Config, pbx: PbxConfig) -> list[Finding]:
    ari, ami = await asyncio.gather(_ari(pbx), _ami(pbx))
    name = pbx.name
    findings: list[Finding] = []
    if isinstance(ari, LinkError):
        findings.append(bad(f"{name} ARI", str(ari), ari.hint))
    elif ari is not None:
        findings += check_ari.findings(pbx, ari)
    if isinstance(ami, LinkError):
        findings.append(bad(f"{name} AMI", str(ami).removeprefix("AMI: "), ami.hint))
    else:
        findings += check_fastagi.findings(config, pbx, ami)
        findings += check_ami.findings(config, pbx, ami)
    started_at = ari.started_at if isinstance(ari, AriView) else None
    findings += check_files.findings(pbx, started_at)
    findings += await check_table.findings(pbx)
    return [*findings, _check_country(config, pbx)]


async def _ari(pbx: PbxConfig) -> AriView | LinkError | None:
    """None where the door is another."""
    if pbx.door != "ari":
        return None
    try:
        return await look_at_ari(
            url=pbx.ari_url.rstrip("/").removesuffix("/ari"),
            user=pbx.ari_user,
            password=pbx.ari_password.get_secret_value(),
            app=pbx.ari_app,
            modules=check_ari.MODULES,
        )
    except LinkError as error:
        return error


async def _ami(pbx: PbxConfig) -> AmiView | LinkError:
    try:
        return await look_at_ami(
            host=pbx.ami_host,
            port=pbx.ami_port,
            user=pbx.ami_user,
            secret=pbx.ami_secret.get_secret_value(),
            expressions=[*check_ami.expressions(pbx), *check_fastagi.EXPRESSIONS],
        )
    except LinkError as error:
        return error


def _check_country(config: Config, pbx: PbxConfig) -> Finding:
    subject, country = f"{pbx.name} country", config.country_of(pbx)
    if country is None:
        return doubtful(
            subject,
            "none is set: numbers in national form are not understood",
            'Set [numbers] country = "AU" (yours), unless your trunk always sends +….',
        )
    return good(subject, f"national numbers are those of {country}")
