"""Order lines are keyed by order; outgoing messages are indexed by due time."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the key of the lines, and add an index to the messages."""
    outgoing = sa.text("fate = 'outgoing'")
    op.create_index(
        "ix_messages_outgoing_due",
        "messages",
        ["due", "seq"],
        sqlite_where=outgoing,
        postgresql_where=outgoing,
    )
    op.drop_index("ix_order_lines_orderid", "order_lines")
    if op.get_context().dialect.name == "sqlite":
        # SQLite cannot alter a primary key: rebuild the table and copy its rows.
        op.drop_index("ix_order_lines_promised", "order_lines")
        op.drop_index("ix_order_lines_waiting", "order_lines")
        _rebuilt()
        _partial_index("ix_order_lines_promised", ["batchref", "promise"], "batchref IS NOT NULL")
        _partial_index("ix_order_lines_waiting", ["sku", "qty", "position"], "batchref IS NULL")
    else:
        op.drop_constraint(op.f("pk_order_lines"), "order_lines")
        op.create_primary_key(op.f("pk_order_lines"), "order_lines", ["orderid", "sku"])


def _rebuilt() -> None:
    op.rename_table("order_lines", "order_lines_before")
    op.create_table(
        "order_lines",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("orderid", NAME, nullable=False),
        sa.Column("qty", COUNT, nullable=False),
        sa.Column("batchref", NAME),
        sa.Column("position", COUNT, nullable=False),
        sa.Column("promise", COUNT),
        sa.PrimaryKeyConstraint("orderid", "sku", name=op.f("pk_order_lines")),
        sa.CheckConstraint("qty > 0", name=op.f("ck_order_lines_qty_positive")),
        sa.CheckConstraint(
            "(batchref IS NULL) = (promise IS NULL)",
            name=op.f("ck_order_lines_promised_from_a_batch"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_order_lines_sku")),
        sa.ForeignKeyConstraint(
            ["batchref"], ["batches.reference"], name=op.f("fk_order_lines_batchref")
        ),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO order_lines SELECT * FROM order_lines_before ORDER BY orderid, sku")
    op.drop_table("order_lines_before")


def _partial_index(name: str, columns: list[str], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, "order_lines", columns, sqlite_where=where, postgresql_where=where)
