"""Which CEL modules a PBX needs, as a finding, whoever could see what it has loaded."""

from __future__ import annotations

from collections.abc import Callable

from pbx_bridge.config import PbxConfig
from pbx_bridge.setup.findings import Finding, bad, good

USER_EVENTS = "app_celgenuserevent"
JOURNAL = "cel_custom"
EVENTS = "cel_manager"
MODULES = (USER_EVENTS, JOURNAL, EVENTS)


def judge_cel_modules(
    pbx: PbxConfig, is_loaded: Callable[[str], bool], *, ending: str = ""
) -> Finding:
    """Judge the modules that write what this PBX reads; ``ending``: of their names in a message."""
    subject = f"{pbx.name} CEL modules"
    needed = [USER_EVENTS]
    needed += [JOURNAL] if pbx.journal is not None else []
    needed += [EVENTS] if pbx.is_told_over_ami else []
    if missing := [module for module in needed if not is_loaded(module)]:
        return bad(
            subject,
            f"not loaded: {', '.join(module + ending for module in missing)}",
            "Load them in modules.conf; `module show like cel` in Asterisk's CLI tells why not.",
        )
    return good(subject, f"{', '.join(needed)} loaded")
