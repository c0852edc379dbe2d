"""A column marks exhausted batches; batches are indexed by ETA, waiting lines by position."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the indexes."""
    op.drop_index("ix_batches_sku", "batches")
    if op.get_context().dialect.name == "sqlite":
        _batches_made_anew()
    else:
        op.add_column("batches", _exhausted())
    _partial_index("ix_batches_open", "batches", ["sku"], "NOT exhausted")
    op.create_index(op.f("ix_batches_sku_eta_reference"), "batches", ["sku", "eta", "reference"])
    _partial_index(
        "ix_order_lines_queue", "order_lines", ["sku", "position", "qty"], "batchref IS NULL"
    )


def _exhausted() -> sa.Column[bool]:
    computed = sa.Computed("allocated_quantity >= purchased_quantity", persisted=True)
    return sa.Column("exhausted", sa.Boolean(), computed, nullable=False)


def _batches_made_anew() -> None:
    """SQLite cannot add a stored computed column: rebuild the table and copy its rows."""
    op.create_table(
        "batches_after",
        sa.Column("reference", NAME, nullable=False),
        sa.Column("sku", NAME, nullable=False),
        sa.Column("initial_quantity", COUNT, nullable=False),
        sa.Column("purchased_quantity", COUNT, nullable=False),
        sa.Column("allocated_quantity", COUNT, nullable=False),
        sa.Column("eta", sa.Date()),
        _exhausted(),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_batches")),
        sa.CheckConstraint(
            "allocated_quantity BETWEEN 0 AND purchased_quantity",
            name=op.f("ck_batches_not_oversold"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_batches_sku")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO batches_after SELECT * FROM batches ORDER BY reference")
    op.drop_table("batches")
    op.rename_table("batches_after", "batches")


def _partial_index(name: str, table: str, columns: list[str], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
