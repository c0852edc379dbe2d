"""What Alembic runs around the steps. The transaction is the caller's, and so are the logs."""

from alembic import context

from allocation.adapters.sql.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=list(METADATA),
    compare_type=True,
)
context.run_migrations()
