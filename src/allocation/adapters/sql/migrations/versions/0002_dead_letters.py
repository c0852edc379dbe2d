"""Dead letters; ordered e-mail for each sku; a smaller index for the chains."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KNOWN = "fate_is_known"
FATES = "fate IN ('pending', 'outgoing', 'handled', 'refused', 'dead', 'discarded')"


def upgrade() -> None:
    """Change the message log."""
    op.drop_index("ix_messages_correlation_id", "messages")
    if op.get_context().dialect.name == "sqlite":
        # SQLite cannot alter a check constraint: rebuild the table and copy its rows.
        op.drop_index("ix_messages_unfinished", "messages")
        _rebuilt()
        _partial_index("ix_messages_unfinished", ["fate", "seq"], "fate IN ('pending', 'outgoing')")
        op.execute("UPDATE messages SET sku = body ->> 'sku' WHERE fate = 'outgoing'")
    else:
        op.add_column("messages", sa.Column("sku", NAME))
        op.drop_constraint(op.f("ck_messages_fate_is_known"), "messages")
        op.create_check_constraint(op.f("ck_messages_fate_is_known"), "messages", FATES)
        op.execute("UPDATE messages SET sku = body::json ->> 'sku' WHERE fate = 'outgoing'")
    chained = "causation_id IS NOT NULL"
    _partial_index("ix_messages_correlation_id", ["correlation_id"], chained)
    _partial_index("ix_messages_outgoing", ["sku", "seq"], "fate = 'outgoing'")
    _partial_index("ix_messages_dead", ["seq"], "fate = 'dead'")


def _rebuilt() -> None:
    op.rename_table("messages", "messages_before")
    op.create_table(
        "messages",
        sa.Column("seq", COUNT, sa.Identity(always=True), nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("correlation_id", NAME, nullable=False),
        sa.Column("causation_id", NAME),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("fate", sa.String(20), nullable=False),
        sa.Column("results", sa.Text()),
        sa.Column("refusal", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("error", sa.Text()),
        sa.Column("sku", NAME),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_messages")),
        sa.CheckConstraint(FATES, name=op.f("ck_messages_fate_is_known")),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    op.execute("INSERT INTO messages SELECT *, NULL FROM messages_before ORDER BY seq")
    op.drop_table("messages_before")


def _partial_index(name: str, columns: list[str], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, "messages", columns, sqlite_where=where, postgresql_where=where)
