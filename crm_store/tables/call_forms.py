"""The table of the incoming-call forms that somebody has filled in."""

from __future__ import annotations

import sqlalchemy as sa

from crm_store.call_logging import UnknownNumber
from crm_store.engines.column_types import StorableText
from crm_store.tables.columns import flag, instant, maybe, metadata, version, word

call_forms = sa.Table(
    "call_forms",
    metadata,
    sa.Column("pbx", StorableText, primary_key=True),
    sa.Column("linkedid", StorableText, primary_key=True),
    *word("becomes", UnknownNumber, is_required=False),
    flag("is_customer_chosen", default=False),
    maybe("saved_by"),
    instant("saved_at", is_required=False),
    instant("created_at"),
    instant("updated_at"),
    version(),
    sa.ForeignKeyConstraint(
        ["pbx", "linkedid"], ["calls.pbx", "calls.linkedid"], ondelete="CASCADE"
    ),
)
