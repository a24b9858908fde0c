"""Asterisk's configuration for one lab PBX: defaults, the caller's texts over them, then ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pbx_bridge.lab.installation import AsteriskInstallation

#: The lab's extensions and the names that their phones carry.
PHONES: Mapping[str, str] = {
    "1001": "Alice",
    "1002": "Bob",
    "1003": "Carol",
    "1004": "Dan",
    "1005": "Erin",
    "1006": "Frank",
}
PHONE_PASSWORD = "lab-phone"  # noqa: S105 - loopback only
SECRET_PLACEHOLDER = "CHANGE_ME"  # noqa: S105 - what the shipped snippets say


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPorts:
    """The ports of one lab PBX on loopback; ``trunk`` is the outside world's on 127.0.0.2."""

    sip: int
    http: int
    ami: int
    trunk: int


def _lab_defaults() -> dict[str, str]:
    folder = resources.files("pbx_bridge.lab") / "etc"
    return {entry.name: entry.read_text("utf-8") for entry in folder.iterdir()}


def _phone_sections(extension: str, name: str) -> str:
    return f"""
[{extension}](phone)
callerid = "{name}" <{extension}>
auth = {extension}
aors = {extension}
mailboxes = {extension}@default

[{extension}](phone-auth)
username = {extension}

[{extension}](phone-aor)
"""


def _mailbox(extension: str, name: str) -> str:
    return f"{extension} = {extension},{name}\n"


def compose_config(
    files: Mapping[str, str],
    *,
    installation: AsteriskInstallation,
    directory: Path,
    ports: LabPorts,
    phones: Mapping[str, str],
    secret: str,
    verbosity: int,
) -> dict[str, str]:
    """Return every file of ``/etc/asterisk`` by name.

    ``files`` replace the lab's defaults one by one. Whatever they say about the addresses of HTTP
    and AMI, the lab's ports stand below it, and each ``CHANGE_ME`` becomes ``secret``.
    """
    texts = _lab_defaults()
    texts["pjsip.conf"] += "".join(_phone_sections(*phone) for phone in phones.items())
    texts["voicemail.conf"] += "".join(_mailbox(*phone) for phone in phones.items())
    texts["modules.conf"] = _without_missing(texts["modules.conf"], installation.modules)
    texts |= files
    texts["http.conf"] += f"\n[general](+)\nbindaddr = 127.0.0.1\nbindport = {ports.http}\n"
    texts["manager.conf"] += f"\n[general](+)\nbindaddr = 127.0.0.1\nport = {ports.ami}\n"
    placeholders = {
        SECRET_PLACEHOLDER: secret,
        "@DIRECTORY@": str(directory),
        "@ROOT@": str(installation.root),
        "@MODULES@": str(installation.modules),
        "@VERBOSITY@": str(verbosity),
        "@SIP_PORT@": str(ports.sip),
        "@TRUNK_PORT@": str(ports.trunk),
        "@PHONE_PASSWORD@": PHONE_PASSWORD,
    }
    return {name: _fill(text, placeholders) for name, text in texts.items()}


def _without_missing(text: str, modules: Path) -> str:
    """An older Asterisk has not all modules that the lab lists; its dialplan asks for them."""
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith("load = ") or (modules / line.removeprefix("load = ")).exists()
    ]
    return "\n".join(lines) + "\n"


def _fill(text: str, placeholders: Mapping[str, str]) -> str:
    for placeholder, value in placeholders.items():
        text = text.replace(placeholder, value)
    return text
