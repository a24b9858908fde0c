"""A small office's PBX with the shipped dialplan in it, as its administrator would include it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pbx_bridge.lab.asterisk_config import SECRET_PLACEHOLDER
from pbx_bridge.lab.errors import LabError

#: The office's queues and their members.
QUEUES: Mapping[str, Sequence[str]] = {"500": ("1001", "1002", "1003")}

_EXTENSIONS = """\
[general]
static = yes

[globals]
#include pbx-bridge/globals_pbx_bridge.conf
PBX_BRIDGE_TRUNK=trunk
{settings}

[from-trunk]
include => pbx-bridge-inbound

[internal]
exten => _1XXX,1,Gosub(pbx-bridge-start,s,1(internal,${{EXTEN}}))
 same => n,Dial(PJSIP/${{FILTER(0-9,${{EXTEN}})}},30,b(pbx-bridge-leg^s^1))
 same => n,Hangup()
exten => *97,1,VoiceMailMain(${{FILTER(0-9,${{CALLERID(num)}})}}@default)
 same => n,Hangup()
include => pbx-bridge-outbound

#include pbx-bridge/extensions_pbx_bridge.conf
"""
_INCLUDING = {
    "ari.conf": "[general]\nenabled = yes\n#include pbx-bridge/ari_pbx_bridge.conf\n",
    "cel.conf": "[general]\n#include pbx-bridge/cel_pbx_bridge.conf\n",
    "cel_custom.conf": "#include pbx-bridge/cel_custom_pbx_bridge.conf\n",
    "cli.conf": "[startup_commands]\n#include pbx-bridge/cli_pbx_bridge.conf\n",
    "http.conf": "[general]\n#include pbx-bridge/http_pbx_bridge.conf\n",
    "manager.conf": (
        "[general]\nenabled = yes\ntimestampevents = yes\n"
        "#include pbx-bridge/manager_pbx_bridge.conf\n"
    ),
}


#: An older Asterisk includes other snippets into these: it has another syntax for them.
_OLDER = ("cel.conf", "cel_custom.conf", "manager.conf")
_NEW_SNIPPETS = 22


def find_dialplan() -> Path:
    """Return the checkout's ``dialplan/``; LabError outside of a checkout."""
    folder = Path(__file__).parents[2] / "dialplan"
    if not folder.is_dir():
        raise LabError(f"no {folder}", hint="the lab runs from a checkout of pbx-bridge")
    return folder


def office_files(
    settings: Mapping[str, str] | None = None,
    *,
    queues: Mapping[str, Sequence[str]] = QUEUES,
    dialplan: Path | None = None,
    version: int = 22,
) -> dict[str, str]:
    """Return the files for a `LabPbx` that includes every shipped snippet.

    ``settings`` are the administrator's, by their full names in ``globals_pbx_bridge.conf``, e.g.
    ``{"PBX_BRIDGE_FALLBACK_DIAL": "PJSIP/1001"}``. AMI and ARI user is ``pbx-bridge`` with the
    PBX's ``secret``. ``queues`` maps names to member extensions, all of whom ring at once.
    ``version`` is that of the PBX's Asterisk.
    """
    snippets = sorted((dialplan or find_dialplan()).glob("*.conf"))
    shipped = {
        f"pbx-bridge/{path.name}": _with_lab_secret(path.read_text("utf-8")) for path in snippets
    }
    lines = "\n".join(f"{name}={value}" for name, value in (settings or {}).items())
    extensions = {"extensions.conf": _EXTENSIONS.format(settings=lines)}
    including = {
        name: text.replace("_bridge.conf", "_bridge_older.conf")
        if version < _NEW_SNIPPETS and name in _OLDER
        else text
        for name, text in _INCLUDING.items()
    }
    return {**including, **shipped, **extensions, "queues.conf": _queues(queues)}


def _with_lab_secret(text: str) -> str:
    for name in ("ARI_PASSWORD", "AMI_SECRET"):
        text = text.replace(f"{SECRET_PLACEHOLDER}_{name}", SECRET_PLACEHOLDER)
    return text


def _queues(queues: Mapping[str, Sequence[str]]) -> str:
    sections = ["[general]\npersistentmembers = no\n"]
    for name, members in queues.items():
        ringing = "".join(f"member => PJSIP/{extension}\n" for extension in members)
        sections.append(f"[{name}]\nstrategy = ringall\ntimeout = 15\nretry = 1\n{ringing}")
    return "\n".join(sections)
