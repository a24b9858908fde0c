"""The CRM and the call store: who is calling, and what came of every call.

Usable on its own: it knows no telephony. ``records`` and ``numbers`` import no database;
the names below that need one are imported when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm_store.schema import migrate
    from crm_store.store import Store

__all__ = ["Store", "migrate"]


def __getattr__(name: str) -> Any:
    """Import ``Store`` and ``migrate`` late, so that pure code never loads a database."""
    if name == "Store":
        from crm_store.store import Store

        return Store
    if name == "migrate":
        from crm_store.schema import migrate

        return migrate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
