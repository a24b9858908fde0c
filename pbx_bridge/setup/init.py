"""``init``: a commented configuration and the Asterisk snippets, with the same secrets in both."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from pbx_bridge.errors import PbxBridgeError

CONFIG_NAME = "pbx-bridge.toml"

_ASTERISK = Path("/etc/asterisk")
_PRIVATE, _PUBLIC = 0o640, 0o644

INCLUDES = (
    ("globals", "extensions.conf, inside [globals]", "globals_custom.conf"),
    ("extensions", "extensions.conf, at the end", "extensions_custom.conf"),
    ("http", "http.conf, inside [general]", "(Advanced Settings: mini-HTTP server)"),
    ("ari", "ari.conf, at the end", "ari_additional_custom.conf"),
    ("manager", "manager.conf, at the end", "manager_custom.conf"),
    ("cel", "cel.conf, inside [general], last", "cel_general_custom.conf"),
    ("cel_custom", "cel_custom.conf, at the end", "cel_custom.conf"),
    ("cli", "cli.conf, inside [startup_commands]", "cli.conf"),
)
"""Snippet, the file of a plain Asterisk that includes it and where, and FreePBX's."""


def write_files(folder: Path, *, country: str | None = None, is_forced: bool = False) -> list[Path]:
    """Write the configuration and the snippets into a folder; return what was written.

    Secrets are new each time. As root, the files belong to whoever owns the folder that they
    are in (for ``/etc/asterisk/pbx-bridge``: Asterisk), so that he can read them.

    Raises:
        PbxBridgeError: a file is there already and may not be replaced, or the folder cannot be
            written; nothing is half-written by the first.
    """
    texts = compose_files(country=country)
    existing = [name for name in texts if (folder / name).exists()]
    if existing and not is_forced:
        raise PbxBridgeError(
            f"{folder}: is not overwritten: {', '.join(existing)}",
            hint="Choose another folder, or --force: it makes new secrets and drops your changes.",
        )
    try:
        owner = _existing(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, owner.stat().st_uid, owner.stat().st_gid)
        return [_write(folder / name, text, folder) for name, text in texts.items()]
    except OSError as error:
        raise PbxBridgeError(f"{folder}: cannot be written: {error.strerror}") from None


def compose_files(*, country: str | None = None) -> dict[str, str]:
    """The files by name: the configuration first, then every snippet."""
    ours = resources.files("pbx_bridge.setup")
    values = {
        "ARI_PASSWORD": secrets.token_urlsafe(24),
        "AMI_SECRET": secrets.token_urlsafe(24),
    }
    known = f'country = "{country}"' if country else '# For example: country = "AU"'
    config = ours.joinpath(CONFIG_NAME).read_text("utf-8").replace("@COUNTRY@", known)
    texts = {CONFIG_NAME: _fill(config, {f"@{name}@": value for name, value in values.items()})}
    placeholders = {f"CHANGE_ME_{name}": value for name, value in values.items()}
    snippets = sorted(ours.joinpath("snippets").iterdir(), key=lambda entry: entry.name)
    for entry in snippets:
        if entry.name.endswith(".conf"):
            texts[entry.name] = _fill(entry.read_text("utf-8"), placeholders)
    return texts


def next_steps(folder: Path) -> str:
    """What the administrator does next, with the lines that he has to write."""
    folder = folder.absolute()
    is_below = folder.is_relative_to(_ASTERISK)
    shown = folder.relative_to(_ASTERISK) if is_below else folder
    lines = [f"    #include {shown}/{name}_pbx_bridge.conf" for name, _, _ in INCLUDES]
    width = max(map(len, lines)) + 2
    plain = [
        f"{line:{width}}; {where}" for line, (_, where, _) in zip(lines, INCLUDES, strict=True)
    ]
    free = [f"    {name}_pbx_bridge.conf: {where}" for name, _, where in INCLUDES]
    config = folder / CONFIG_NAME
    return "\n".join(
        [
            "Next:",
            "1. Let Asterisk read the snippets (docs/dialplan.md; each says at its top what it is",
            "   for). [general] of manager.conf says enabled=yes and timestampevents=yes, that of",
            "   ari.conf enabled=yes.",
            *plain,
            "   An Asterisk without res_cdrel_custom (16, 18) takes cel_pbx_bridge_older.conf,",
            "   cel_custom_pbx_bridge_older.conf and manager_pbx_bridge_older.conf instead.",
            "   FreePBX has its own files for the same lines:",
            *free,
            "2. Make the journal's folder:",
            "    install -d -o asterisk -g asterisk /var/log/asterisk/cel-custom",
            "3. Hand your trunk's calls over: include => pbx-bridge-inbound in its context. Set a",
            "   fallback in globals_pbx_bridge.conf for the time when the bridge is away.",
            f"4. Set [numbers] country and trunks in {config}, then restart Asterisk.",
            "5. See whether everything is in place, write your numbers and people, and start:",
            f"    pbx-bridge --config {config} check",
            f"    pbx-bridge --config {config} load company.toml    # docs/company.md",
            f"    pbx-bridge --config {config} run",
        ]
    )


def _write(path: Path, text: str, folder: Path) -> Path:
    is_secret = any(line.startswith(("password=", "secret=")) for line in text.splitlines())
    mode = _PRIVATE if is_secret or path.name == CONFIG_NAME else _PUBLIC
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    if os.geteuid() == 0:
        shutil.chown(path, folder.stat().st_uid, folder.stat().st_gid)
    return path


def _existing(folder: Path) -> Path:
    """The folder itself or, where it is still to be made, the nearest one above it."""
    folder = folder.absolute()
    return folder if folder.exists() else _existing(folder.parent)


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
