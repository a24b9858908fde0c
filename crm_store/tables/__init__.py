"""The tables. Alembic creates them (``migrations/``); a test holds the two together.

Users, groups, products and campaigns are referred to by name. Calls, leads and activities keep
campaign, source and label as they were when the call came: what brought a call does not change
afterwards.
"""

from __future__ import annotations

from crm_store.tables.access import (
    credentials,
    erased_numbers,
    recording_looks,
    sign_in_failures,
)
from crm_store.tables.call_forms import call_forms
from crm_store.tables.calls import (
    calls,
    journal_positions,
    pbx_leases,
    unfinished_calls,
)
from crm_store.tables.capture import (
    form_submissions,
    number_leases,
    number_pools,
    response_rules,
    response_turns,
    signing_keys,
    web_forms,
)
from crm_store.tables.columns import (
    metadata,
)
from crm_store.tables.company import (
    business_hours,
    campaigns,
    group_members,
    groups,
    listed_numbers,
    products,
    tracking_numbers,
    user_extensions,
    users,
)
from crm_store.tables.lists import (
    import_problems,
    imports,
    last_ids,
    match_keys,
    merges,
    not_duplicates,
)
from crm_store.tables.messages import (
    email_templates,
    emails,
    mail_addresses,
    web_hook_deliveries,
    web_hooks,
)
from crm_store.tables.people import (
    PERSON_TABLES,
    accounts,
    contacts,
    leads,
    person_accounts,
    phone_numbers,
)
from crm_store.tables.search import idempotency_keys, search_words
from crm_store.tables.work import (
    activities,
    cases,
    events,
    history,
    notes,
    opportunities,
    settings,
)

__all__ = [
    "PERSON_TABLES",
    "accounts",
    "activities",
    "business_hours",
    "call_forms",
    "calls",
    "campaigns",
    "cases",
    "contacts",
    "credentials",
    "email_templates",
    "emails",
    "erased_numbers",
    "events",
    "form_submissions",
    "group_members",
    "groups",
    "history",
    "idempotency_keys",
    "import_problems",
    "imports",
    "journal_positions",
    "last_ids",
    "leads",
    "listed_numbers",
    "mail_addresses",
    "match_keys",
    "merges",
    "metadata",
    "not_duplicates",
    "notes",
    "number_leases",
    "number_pools",
    "opportunities",
    "pbx_leases",
    "person_accounts",
    "phone_numbers",
    "products",
    "recording_looks",
    "response_rules",
    "response_turns",
    "search_words",
    "settings",
    "sign_in_failures",
    "signing_keys",
    "tracking_numbers",
    "unfinished_calls",
    "user_extensions",
    "users",
    "web_forms",
    "web_hook_deliveries",
    "web_hooks",
]
