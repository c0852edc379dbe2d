"""Alembic's environment. The caller owns the transaction and the logging."""

from alembic import context

from allocation.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
)
context.run_migrations()
