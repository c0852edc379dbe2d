"""Columns of the log are renamed; pending messages are indexed by ordering key.

`fate` becomes `status`, and `sku` becomes `ordering_key`, because the log is independent of stock.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
CONSTRAINTS = {
    "ck_messages_fate_is_known": "ck_messages_status_is_known",
    "messages_fate_not_null": "messages_status_not_null",  # PostgreSQL 18 names these, too
}
STATUSES = "status IN ('pending', 'outgoing', 'handled', 'refused', 'dead', 'discarded')"
OUTGOING = "status = 'outgoing'"
OPEN = "status IN ('pending', 'outgoing', 'dead')"


def upgrade() -> None:
    """Rename the columns, add the index, and set the ordering keys of pending messages."""
    if op.get_context().dialect.name == "sqlite":
        # SQLite cannot rename a constraint: rebuild the table and copy its rows.
        _make_anew()
        body = "body"
    else:
        op.alter_column("messages", "fate", new_column_name="status")
        op.alter_column("messages", "sku", new_column_name="ordering_key")
        for before, after in CONSTRAINTS.items():
            if _has_constraint(before):
                op.execute(f"ALTER TABLE messages RENAME CONSTRAINT {before} TO {after}")
        body = "body::json"
    op.execute(
        f"UPDATE messages SET ordering_key = {body} ->> 'sku'"  # noqa: S608
        " WHERE status = 'pending' AND ordering_key IS NULL"
    )
    _partial_index("ix_messages_pending", ["ordering_key", "seq"], "status = 'pending'")


def _has_constraint(name: str) -> bool:
    query = sa.text("SELECT 1 FROM pg_constraint WHERE conname = :name")
    return op.get_bind().execute(query, {"name": name}).first() is not None


def _make_anew() -> None:
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
        sa.CheckConstraint(STATUSES, name=op.f("ck_messages_status_is_known")),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    op.execute("INSERT INTO messages_after SELECT * FROM messages ORDER BY seq")
    op.drop_table("messages")
    op.rename_table("messages_after", "messages")
    _partial_index("ix_messages_correlation_id", ["correlation_id"], "causation_id IS NOT NULL")
    _partial_index("ix_messages_outgoing", ["ordering_key", "seq"], OUTGOING)
    _partial_index("ix_messages_outgoing_due", ["due", "seq"], OUTGOING)
    _partial_index("ix_messages_open", ["correlation_id"], OPEN)
    _partial_index("ix_messages_dead", ["seq"], "status = 'dead'")
    unfinished = "status IN ('pending', 'outgoing')"
    _partial_index("ix_messages_unfinished", ["status", "seq"], unfinished)


def _partial_index(name: str, columns: list[str], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, "messages", columns, sqlite_where=where, postgresql_where=where)
