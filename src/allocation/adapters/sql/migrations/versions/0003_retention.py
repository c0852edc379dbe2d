"""An index of unfinished chains, and the opening balances of batches."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add an index and a table."""
    is_open = sa.text("fate IN ('pending', 'outgoing', 'dead')")
    op.create_index(
        "ix_messages_open",
        "messages",
        ["correlation_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "opening_balances",
        sa.Column("reference", NAME, nullable=False),
        sa.Column("purchased_quantity", COUNT),
        sa.Column("allocated_quantity", COUNT, nullable=False),
        sa.Column("as_of", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_opening_balances")),
        sa.ForeignKeyConstraint(
            ["reference"], ["batches.reference"], name=op.f("fk_opening_balances_reference")
        ),
    )
