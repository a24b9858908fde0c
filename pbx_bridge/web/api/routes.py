"""Every endpoint there is: add your module to the list."""

from __future__ import annotations

from types import ModuleType

from pbx_bridge.web.api import (
    access,
    activities,
    call_forms,
    calls,
    duplicates,
    emails,
    exports,
    forms,
    imports,
    leads,
    privacy,
    recordings,
    records,
    response_rules,
    sales,
    search,
    settings,
    visitors,
    web_hooks,
)
from pbx_bridge.web.api.document import document_endpoint
from pbx_bridge.web.api.endpoint import Endpoint

_MODULES: tuple[ModuleType, ...] = (
    access,
    search,
    calls,
    recordings,
    records,
    leads,
    activities,
    sales,
    settings,
    call_forms,
    web_hooks,
    emails,
    forms,
    visitors,
    response_rules,
    imports,
    exports,
    duplicates,
    privacy,
)


def all_endpoints() -> tuple[Endpoint, ...]:
    """The endpoints of every module, in the order of the list, and of their document."""
    others = tuple(one for module in _MODULES for one in module.ENDPOINTS)
    return (document_endpoint(all_endpoints), *others)
