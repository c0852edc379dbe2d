"""Shipments are indexed by their dates, so that late lines can be listed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the index."""
    where = sa.text("eta IS NOT NULL")
    op.create_index(
        "ix_batches_due",
        "batches",
        ["eta", "reference"],
        sqlite_where=where,
        postgresql_where=where,
    )
