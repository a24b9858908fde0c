"""Every endpoint there is: add your module to the list."""

from __future__ import annotations

from types import ModuleType

from pbx_bridge.web.api import (
    access,
    emails,
    forms,
    records,
    response_rules,
    settings,
    visitors,
    web_hooks,
)
from pbx_bridge.web.api.endpoint import Endpoint

_MODULES: tuple[ModuleType, ...] = (
    access,
    records,
    settings,
    web_hooks,
    emails,
    forms,
    visitors,
    response_rules,
)


def all_endpoints() -> tuple[Endpoint, ...]:
    """The endpoints of every module, in the order of the list."""
    return tuple(one for module in _MODULES for one in module.ENDPOINTS)
