"""What AMI told, as findings: permissions, clocks, CEL's settings and the dialplan."""

from __future__ import annotations

from collections.abc import Iterator

from pbx_bridge.asterisk.ami import AmiMessage
from pbx_bridge.asterisk.inspect import AmiView
from pbx_bridge.config import Config, PbxConfig
from pbx_bridge.setup.findings import Finding, bad, doubtful, good

_MOST_SKEW_SECONDS = 1.0

_OUR_EVENTS = {"CEL", "FullyBooted", "Shutdown", "Newstate"}
_FALLBACKS = (
    "PBX_BRIDGE_FALLBACK_CONTEXT",
    "PBX_BRIDGE_FALLBACK_DIAL",
    "PBX_BRIDGE_FALLBACK_VOICEMAIL",
)
_APP, _BUDGET = "PBX_BRIDGE_APP", "PBX_BRIDGE_BUDGET_MS"
_INBOUND = "DIALPLAN_EXISTS(pbx-bridge-inbound,s,1)"
_CAN_READ_CONFIG = "IFMODULE(func_config.so)"
_TIMESTAMPS = "AST_CONFIG(manager.conf,general,timestampevents)"
_CEL_ENABLED = "AST_CONFIG(cel.conf,general,enable)"
_CEL_EVENTS = "AST_CONFIG(cel.conf,general,events)"
_CEL_APPS = "AST_CONFIG(cel.conf,general,apps)"
_CEL_DATES = "AST_CONFIG(cel.conf,general,dateformat)"
_CEL_TO_AMI = "AST_CONFIG(cel.conf,manager,enabled)"
_NEEDED_EVENTS = (
    *("CHAN_START", "CHAN_END", "ANSWER", "HANGUP", "BRIDGE_ENTER", "BRIDGE_EXIT", "APP_START"),
    *("APP_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "PICKUP", "FORWARD", "USER_DEFINED"),
    *("LINKEDID_END", "LOCAL_OPTIMIZE", "PARK_START", "PARK_END"),
)
_NEEDED_APPS = ("dial", "queue", "voicemail", "mixmonitor")
_YES = {"yes", "true", "y", "t", "1", "on"}


def expressions(pbx: PbxConfig) -> list[str]:
    """What to ask of this PBX's dialplan and configuration."""
    return [
        *(_INBOUND, _APP, _BUDGET, *_FALLBACKS, _CAN_READ_CONFIG),
        *(_TIMESTAMPS, _CEL_ENABLED, _CEL_EVENTS, _CEL_APPS, _CEL_DATES, _CEL_TO_AMI),
        *map(_context, pbx.inbound_contexts),
    ]


def findings(config: Config, pbx: PbxConfig, view: AmiView) -> Iterator[Finding]:
    """Judge one PBX by its AMI."""
    yield _permissions(pbx, view)
    yield _timestamps(pbx, view)
    yield from _event_filter(pbx, view)
    yield _cel(pbx, view)
    yield from _dialplan(config, pbx, view)
    yield _clock(pbx, view)


def _permissions(pbx: PbxConfig, view: AmiView) -> Finding:
    subject = f"{pbx.name} AMI"
    missing = [action for action in ("Setvar", "Originate") if action not in view.actions]
    if "Setvar" in missing:
        return bad(
            subject,
            f"user {pbx.ami_user!r} may not set variables: callers stay unnamed",
            f"Set write=originate,call in the [{pbx.ami_user}] section of manager.conf.",
        )
    if missing:
        return doubtful(
            subject,
            f"user {pbx.ami_user!r} may set variables, but not originate: no click to call",
            f"Add originate to write= in the [{pbx.ami_user}] section of manager.conf.",
        )
    return good(subject, f"{pbx.ami_host}:{pbx.ami_port}, user {pbx.ami_user!r} may set variables")


def _timestamps(pbx: PbxConfig, view: AmiView) -> Finding:
    subject = f"{pbx.name} AMI times"
    stamped = [event for event in view.events if event.name != "FullyBooted"]
    is_on = _config(view, _TIMESTAMPS) in _YES or any(event.timestamp for event in stamped)
    if is_on:
        return good(subject, "timestampevents is on")
    advice = "Set timestampevents=yes in [general] of manager.conf; `manager reload`."
    if stamped or _can_read_config(view):
        what = "timestampevents is off: ringing phones are not seen, live times are whole seconds"
        return bad(subject, what, advice)
    return doubtful(
        subject,
        "cannot be seen from here: func_config is not loaded",
        f"`manager show settings` in Asterisk's CLI tells. {advice}",
    )


def _event_filter(pbx: PbxConfig, view: AmiView) -> Iterator[Finding]:
    others = sorted({event.name for event in view.events if not _is_ours(event)})
    if others:
        yield doubtful(
            f"{pbx.name} AMI filter",
            f"events that the bridge does not need: {', '.join(others)}",
            f"Put the eventfilter lines of manager_pbx_bridge.conf into [{pbx.ami_user}].",
        )


def _is_ours(event: AmiMessage) -> bool:
    if event.name == "VarSet":
        return event.fields.get("Variable") == "MIXMONITOR_FILENAME"
    return event.name in _OUR_EVENTS


def _cel(pbx: PbxConfig, view: AmiView) -> Finding:
    subject = f"{pbx.name} CEL"
    if not _can_read_config(view):
        return doubtful(
            subject,
            "its settings cannot be seen from here: func_config is not loaded",
            "`cel show status` in Asterisk's CLI tells; compare with cel_pbx_bridge.conf.",
        )
    problems = list(_cel_problems(pbx, view))
    if problems:
        advice = "Include cel_pbx_bridge.conf inside [general] of cel.conf; `module reload cel`."
        return bad(subject, "; ".join(problems), advice)
    return good(subject, "enabled, with all events and applications that tell a call")


def _cel_problems(pbx: PbxConfig, view: AmiView) -> Iterator[str]:
    if _config(view, _CEL_ENABLED) not in _YES:
        yield "not enabled in cel.conf"
        return
    events = {event.strip().upper() for event in view.values.get(_CEL_EVENTS, "").split(",")}
    missing = [event for event in _NEEDED_EVENTS if event not in events]
    if missing and "ALL" not in events:
        yield f"events lacks {', '.join(missing)}"
    if "ALL" in events:
        yield "events=ALL also journals the digits that callers type"
    apps = {app.strip().lower() for app in view.values.get(_CEL_APPS, "").split(",")}
    lacking = [app for app in _NEEDED_APPS if app not in apps]
    if lacking:
        yield f"apps lacks {', '.join(lacking)}"
    if pbx.journal is not None and "%z" not in view.values.get(_CEL_DATES, "%z"):
        yield "dateformat has no zone (%z)"
    if pbx.is_told_over_ami and _config(view, _CEL_TO_AMI) not in _YES:
        yield "[manager] enabled is not yes, and AMI is the only source without a journal"


def _dialplan(config: Config, pbx: PbxConfig, view: AmiView) -> Iterator[Finding]:
    subject = f"{pbx.name} dialplan"
    if "Getvar" not in view.actions:
        yield doubtful(
            subject,
            f"cannot be seen from here: user {pbx.ami_user!r} may not read variables",
            "`dialplan show pbx-bridge-inbound` in Asterisk's CLI tells.",
        )
        return
    if view.values.get(_INBOUND) != "1":
        yield bad(
            subject,
            "the context pbx-bridge-inbound is not loaded",
            "Include extensions_pbx_bridge.conf in extensions.conf; `dialplan reload`.",
        )
        return
    app = view.values.get(_APP) or "pbx-bridge"
    if pbx.door == "ari" and not pbx.ari_app.startswith(app):
        yield bad(
            subject,
            f"it asks for bridges called {app}…, and this one is {pbx.ari_app}",
            "Make PBX_BRIDGE_APP the beginning of ari_app.",
        )
        return
    contexts = [name for name in pbx.inbound_contexts if view.values.get(_context(name)) == "1"]
    if not contexts:
        yield doubtful(
            subject,
            f"none of inbound_contexts exists: {', '.join(pbx.inbound_contexts)}",
            "Name the context that your trunk's calls arrive in.",
        )
        return
    yield good(subject, f"loaded; calls arrive in {', '.join(contexts)}")
    yield from _dialplan_settings(config, pbx, view)


def _dialplan_settings(config: Config, pbx: PbxConfig, view: AmiView) -> Iterator[Finding]:
    fallbacks = [name for name in _FALLBACKS if view.values.get(name)]
    if fallbacks:
        shown = ", ".join(f"{name}={view.values[name]}" for name in fallbacks)
        yield good(f"{pbx.name} fallback", shown)
    else:
        yield doubtful(
            f"{pbx.name} fallback",
            "none: while the bridge is away callers hear congestion",
            f"Set one of {', '.join(_FALLBACKS)} in globals_pbx_bridge.conf.",
        )
    budget = view.values.get(_BUDGET) or "500"
    if budget.isdecimal() and int(budget) < config.mid_call.budget_ms:
        yield doubtful(
            f"{pbx.name} budget",
            f"the dialplan waits {budget} ms, the bridge takes up to {config.mid_call.budget_ms}",
            "Make PBX_BRIDGE_BUDGET_MS and [mid_call] budget_ms the same.",
        )


def _clock(pbx: PbxConfig, view: AmiView) -> Finding:
    subject = f"{pbx.name} clock"
    skew = view.clock_skew_seconds
    if skew is None:
        return doubtful(subject, "the PBX does not say its time", "Compare `date` on both hosts.")
    if abs(skew) > _MOST_SKEW_SECONDS:
        way = "ahead of" if skew > 0 else "behind"
        return bad(
            subject,
            f"the PBX's is {abs(skew):.1f} s {way} this host's",
            "Let both hosts keep time by NTP (chrony, systemd-timesyncd).",
        )
    return good(subject, f"within {_MOST_SKEW_SECONDS:.0f} s of this host's")


def _context(name: str) -> str:
    return f"DIALPLAN_EXISTS({name})"


def _can_read_config(view: AmiView) -> bool:
    return view.values.get(_CAN_READ_CONFIG) == "1"


def _config(view: AmiView, expression: str) -> str:
    return view.values.get(expression, "").strip().lower()
