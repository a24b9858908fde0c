"""Alembic's entry: runs the migrations on the connection that ``crm_store.schema`` hands in."""

from alembic import context

from crm_store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
