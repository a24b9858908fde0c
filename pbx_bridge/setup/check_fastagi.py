"""The door that needs no ARI, as findings: what the dialplan asks, and whether we answer there."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

from pbx_bridge.asterisk.agi import PATH
from pbx_bridge.asterisk.inspect import AmiView
from pbx_bridge.config import Config, PbxConfig
from pbx_bridge.setup import check_cel_modules
from pbx_bridge.setup.findings import Finding, Verdict, bad, doubtful, good

_URL = "PBX_BRIDGE_FASTAGI"
_AGI = "IFMODULE(res_agi.so)"
_DEFAULT_PORT = 4573
EXPRESSIONS = (_URL, _AGI, *(f"IFMODULE({name}.so)" for name in check_cel_modules.MODULES))
"""What to ask of a PBX's dialplan, over AMI."""


def findings(config: Config, pbx: PbxConfig, view: AmiView) -> Iterator[Finding]:
    """Judge one PBX's FastAGI door, or that it has one where ARI was meant."""
    url = view.values.get(_URL, "")
    if pbx.door == "ari":
        if url:
            yield bad(
                f"{pbx.name} door",
                f'the dialplan asks by FastAGI ({url}), and door is "ari"',
                f'Set door = "fastagi" in its [[pbx]], or empty {_URL}.',
            )
        return
    yield _door(config, pbx, view, url)
    yield _cel_modules(pbx, view)


def _door(config: Config, pbx: PbxConfig, view: AmiView, url: str) -> Finding:
    subject = f"{pbx.name} door"
    if "Getvar" not in view.actions:
        return doubtful(
            subject,
            f"cannot be seen from here: user {pbx.ami_user!r} may not read variables",
            f"`dialplan show globals` in Asterisk's CLI tells {_URL}.",
        )
    if view.values.get(_AGI) != "1":
        return bad(
            subject,
            "res_agi is not loaded: no call reaches the bridge",
            "Load it in modules.conf: load = res_agi.so, and res_speech.so.",
        )
    wanted = _wanted(config, pbx)
    problem = _problem(config, pbx, url)
    if problem:
        return bad(subject, problem, f"In globals_pbx_bridge.conf: {_URL}={wanted}")
    networks = pbx.fastagi_networks()
    if _is_loopback(config.fastagi.host) and not all(each.is_loopback for each in networks):
        return bad(
            subject,
            f"[fastagi] host {config.fastagi.host} is reached from this machine alone, and "
            f"{pbx.name} calls from {', '.join(map(str, networks))}",
            "Set it to the address of this machine that faces the PBX.",
        )
    return good(subject, f"FastAGI, {url}")


def _problem(config: Config, pbx: PbxConfig, url: str) -> str:
    """What is wrong with the address that the dialplan asks; empty when nothing is."""
    if not url:
        return f"{_URL} is empty: no call reaches the bridge"
    parts = urlsplit(url)
    if parts.scheme != "agi" or parts.path.strip("/") != PATH:
        return f"{url} is not agi://HOST:PORT/{PATH}"
    port = _port(parts)
    if port != config.fastagi.port:
        return f"{url} asks at port {port}, and the bridge listens at {config.fastagi.port}"
    named = next(iter(parse_qs(parts.query).get("pbx", [])), None)
    if named is None and _shares_address(config, pbx):
        return f"{url} does not say which of the PBXs behind this address calls"
    if named not in {None, pbx.name}:
        return f"{url} says that {named} calls, and this is {pbx.name}"
    return ""


def _wanted(config: Config, pbx: PbxConfig) -> str:
    host = config.fastagi.host
    shown = "THIS_HOST" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - shown, not bound
    query = f"?pbx={pbx.name}" if _shares_address(config, pbx) else ""
    return f"agi://{shown}:{config.fastagi.port}/{PATH}{query}"


def _shares_address(config: Config, pbx: PbxConfig) -> bool:
    ours = pbx.fastagi_networks()
    others = (each for each in config.pbx if each.door == "fastagi" and each.name != pbx.name)
    return any(
        mine.version == theirs.version and mine.overlaps(theirs)
        for other in others
        for theirs in other.fastagi_networks()
        for mine in ours
    )


def _port(parts: SplitResult) -> int | str:
    try:
        return parts.port or _DEFAULT_PORT
    except ValueError:
        return parts.netloc.rpartition(":")[2]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _cel_modules(pbx: PbxConfig, view: AmiView) -> Finding:
    found = check_cel_modules.judge_cel_modules(
        pbx, lambda name: view.values.get(f"IFMODULE({name}.so)") == "1"
    )
    if found.verdict is Verdict.BAD and "Getvar" not in view.actions:
        return doubtful(
            found.subject,
            f"cannot be seen from here: user {pbx.ami_user!r} may not read variables",
            "`module show like cel` in Asterisk's CLI tells.",
        )
    return found
