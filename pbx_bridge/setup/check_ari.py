"""What ARI told, as findings: the link, the door, and the modules that tell of calls."""

from __future__ import annotations

from collections.abc import Iterator

from pbx_bridge.asterisk.inspect import AriView
from pbx_bridge.config import PbxConfig
from pbx_bridge.setup import check_cel_modules
from pbx_bridge.setup.findings import Finding, bad, doubtful, good

_BROADCAST, _STASIS = "app_stasis_broadcast.so", "app_stasis.so"
MODULES = (_BROADCAST, _STASIS, *(f"{module}.so" for module in check_cel_modules.MODULES))


def findings(pbx: PbxConfig, view: AriView) -> Iterator[Finding]:
    """Judge one PBX by its ARI."""
    yield _link(pbx, view)
    yield _door(pbx, view)
    yield _cel_modules(pbx, view)


def _link(pbx: PbxConfig, view: AriView) -> Finding:
    subject = f"{pbx.name} ARI"
    if not view.may_write:
        return bad(
            subject,
            f"user {pbx.ari_user!r} may only read: he cannot claim a call",
            f"Set read_only=no in the [{pbx.ari_user}] section of ari.conf.",
        )
    bridge = "a bridge is connected" if view.is_app_connected else "no bridge is connected"
    return good(subject, f"Asterisk {view.version} at {pbx.ari_url}; {bridge} as {pbx.ari_app}")


def _door(pbx: PbxConfig, view: AriView) -> Finding:
    subject = f"{pbx.name} door"
    if _BROADCAST in view.modules:
        return good(subject, "StasisBroadcast")
    if _STASIS in view.modules:
        return doubtful(
            subject,
            "Stasis: app_stasis_broadcast is not loaded",
            "It works. Asterisk 20.17, 22.7 and 23.1 and newer have the better door: a bridge "
            "that dies there holds no caller.",
        )
    return bad(
        subject,
        "neither app_stasis_broadcast nor app_stasis is loaded: no call reaches the bridge",
        "Load one in modules.conf: load = app_stasis_broadcast.so, and res_stasis.so.",
    )


def _cel_modules(pbx: PbxConfig, view: AriView) -> Finding:
    return check_cel_modules.judge_cel_modules(
        pbx, lambda name: f"{name}.so" in view.modules, ending=".so"
    )
