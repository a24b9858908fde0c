"""Whether a section of the settings can be as an administrator wrote it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crm_store.call_logging import CallLoggingSettings
from crm_store.errors import Problem
from crm_store.reader import Reader
from crm_store.sales.lead_settings import LeadSettings
from crm_store.tables import groups, leads


def settings_problems(reader: Reader, section: Any) -> list[Problem]:
    """What keeps a section from being used, by its keys; what it says of itself comes first."""
    find = getattr(section, "problems", None)
    found: list[Problem] = list(find()) if find is not None else []
    if isinstance(section, CallLoggingSettings):
        found += section.problems_in(reader)
    if isinstance(section, LeadSettings):
        found += _lead_problems(reader, section)
    return found


def _lead_problems(reader: Reader, section: LeadSettings) -> list[Problem]:
    """A status that leads are in keeps its state; the default group is there."""
    found: list[Problem] = []
    before = {each.name: each.state for each in reader.settings(LeadSettings).statuses}
    for status in section.statuses:
        if before.get(status.name, status.state) is status.state:
            continue
        its = sa.select(leads.c.id).where(leads.c.status == status.name).limit(1)
        if reader.ask(its):
            message = f"{status.name!r} has leads, and cannot go to another state"
            found.append(Problem("statuses", message))
    group = section.default_group
    if group is not None and not reader.ask(sa.select(groups.c.name).where(groups.c.name == group)):
        found.append(Problem("default_group", f"no group is called {group!r}"))
    return found
