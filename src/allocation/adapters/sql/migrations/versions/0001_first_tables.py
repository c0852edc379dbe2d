"""The first tables: products, batches, order lines, and the message log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _products()
    _batches()
    _order_lines()
    _messages()


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("version_number", COUNT, nullable=False),
        sa.Column("last_number", COUNT, nullable=False),
        sa.Column("out_of_stock", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_products")),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("reference", NAME, nullable=False),
        sa.Column("sku", NAME, nullable=False),
        sa.Column("initial_quantity", COUNT, nullable=False),
        sa.Column("purchased_quantity", COUNT, nullable=False),
        sa.Column("allocated_quantity", COUNT, nullable=False),
        sa.Column("eta", sa.Date()),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_batches")),
        sa.CheckConstraint(
            "allocated_quantity BETWEEN 0 AND purchased_quantity",
            name=op.f("ck_batches_not_oversold"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_batches_sku")),
    )
    op.create_index(op.f("ix_batches_sku"), "batches", ["sku"])


def _order_lines() -> None:
    op.create_table(
        "order_lines",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("orderid", NAME, nullable=False),
        sa.Column("qty", COUNT, nullable=False),
        sa.Column("batchref", NAME),
        sa.Column("position", COUNT, nullable=False),
        sa.Column("promise", COUNT),
        sa.PrimaryKeyConstraint("sku", "orderid", name=op.f("pk_order_lines")),
        sa.CheckConstraint("qty > 0", name=op.f("ck_order_lines_qty_positive")),
        sa.CheckConstraint(
            "(batchref IS NULL) = (promise IS NULL)",
            name=op.f("ck_order_lines_promised_from_a_batch"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_order_lines_sku")),
        sa.ForeignKeyConstraint(
            ["batchref"], ["batches.reference"], name=op.f("fk_order_lines_batchref")
        ),
    )
    op.create_index(op.f("ix_order_lines_orderid"), "order_lines", ["orderid"])
    _partial_index("ix_order_lines_promised", ["batchref", "promise"], "batchref IS NOT NULL")
    _partial_index("ix_order_lines_waiting", ["sku", "qty", "position"], "batchref IS NULL")


def _partial_index(name: str, columns: list[str], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, "order_lines", columns, sqlite_where=where, postgresql_where=where)


def _messages() -> None:
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
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_messages")),
        sa.CheckConstraint(
            "fate IN ('pending', 'outgoing', 'handled', 'refused')",
            name=op.f("ck_messages_fate_is_known"),
        ),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    op.create_index(op.f("ix_messages_correlation_id"), "messages", ["correlation_id"])
    unfinished = sa.text("fate IN ('pending', 'outgoing')")
    op.create_index(
        "ix_messages_unfinished",
        "messages",
        ["fate", "seq"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
