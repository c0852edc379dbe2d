"""Conditions of the log that are checked for every new message are comparisons, not lists.

SQLite looks up more than two values of a list in a temporary table (ADR 38).
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATUSES = (
    "(status = 'handled' OR status = 'refused' OR status = 'pending' OR status = 'outgoing'"
    " OR status = 'dead' OR status = 'discarded')"
)
OPEN = "(status = 'pending' OR status = 'outgoing' OR status = 'dead')"
FACTS = (
    "(type = 'Allocated' OR type = 'Deallocated' OR type = 'Backordered' OR type = 'Shipped'"
    " OR type = 'Unshipped' OR type = 'Cancelled' OR type = 'PromiseChanged'"
    " OR type = 'PromiseLost')"
)
ORDERID = {
    "sqlite": "json_extract(body, '$.orderid')",
    "postgresql": "((CAST(body AS json) ->> 'orderid') COLLATE \"C\")",
}
STATUS_IS_KNOWN = "ck_messages_status_is_known"


def upgrade() -> None:
    """Replace the constraint and two indexes."""
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        _rebuild_messages()
        _create_other_indexes()
    else:
        op.drop_constraint(op.f(STATUS_IS_KNOWN), "messages")
        op.create_check_constraint(op.f(STATUS_IS_KNOWN), "messages", sa.text(STATUSES))
        op.drop_index("ix_messages_open", "messages")
        op.drop_index("ix_messages_line_facts", "messages")
    _partial_index("ix_messages_open", ["correlation_id"], OPEN)
    _partial_index("ix_messages_line_facts", [sa.text(ORDERID[dialect]), "seq"], FACTS)


def _rebuild_messages() -> None:
    """SQLite cannot replace a constraint: rebuild the table and copy its rows."""
    op.create_table(
        "messages_after",
        sa.Column("seq", COUNT, sa.Identity(always=True), nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("correlation_id", NAME, nullable=False),
        sa.Column("causation_id", NAME),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("results", sa.Text()),
        sa.Column("refusal", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("error", sa.Text()),
        sa.Column("ordering_key", NAME),
        sa.Column("depth", sa.Integer()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_messages")),
        sa.CheckConstraint(STATUSES, name=op.f(STATUS_IS_KNOWN)),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    op.execute("INSERT INTO messages_after SELECT * FROM messages ORDER BY seq")
    op.drop_table("messages")
    op.rename_table("messages_after", "messages")


def _create_other_indexes() -> None:
    """Create the indexes that were dropped with the old table."""
    outgoing = "status = 'outgoing'"
    _partial_index("ix_messages_correlation_id", ["correlation_id"], "causation_id IS NOT NULL")
    _partial_index("ix_messages_outgoing", ["ordering_key", "seq"], outgoing)
    _partial_index("ix_messages_outgoing_due", ["due", "seq"], outgoing)
    _partial_index("ix_messages_dead", ["seq"], "status = 'dead'")
    _partial_index("ix_messages_pending", ["ordering_key", "seq"], "status = 'pending'")
    unfinished = "status IN ('pending', 'outgoing')"
    _partial_index("ix_messages_unfinished", ["status", "seq"], unfinished)


def _partial_index(name: str, columns: list[str | sa.TextClause], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, "messages", columns, sqlite_where=where, postgresql_where=where)
