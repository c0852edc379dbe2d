"""Alembic's environment. The caller owns the transaction and the logging."""

from alembic import context

from allocation.adapters.sql.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=list(METADATA),
    compare_type=True,
)
context.run_migrations()
