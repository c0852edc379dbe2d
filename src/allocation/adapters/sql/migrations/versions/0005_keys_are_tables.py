"""On SQLite, products and batches are WITHOUT ROWID tables: one search instead of two."""

import sqlalchemy as sa
from alembic import op

from allocation.messaging.database_errors import SchemaError

revision = "0005"
down_revision = "0004"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Rebuild the two tables on SQLite."""
    if op.get_context().dialect.name != "sqlite":
        return
    _products()
    _batches()
    for table in ("batches", "order_lines", "opening_balances"):
        _check_references_of(table)


def _check_references_of(table: str) -> None:
    """Check the foreign keys, which were off during the migration."""
    dangling = op.get_bind().exec_driver_sql(f"PRAGMA foreign_key_check({table})").fetchall()
    if dangling:
        missing = " and ".join(sorted({parent for _, _, parent, _ in dangling}))
        raise SchemaError(
            f"{len(dangling)} rows of {table} refer to nothing: they are not in {missing}. "
            "Nothing has been changed; take them out, or put in what is missing."
        )


def _products() -> None:
    op.create_table(
        "products_after",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("version_number", COUNT, nullable=False),
        sa.Column("last_number", COUNT, nullable=False),
        sa.Column("out_of_stock", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_products")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO products_after SELECT * FROM products ORDER BY sku")
    _replace_table("products")


def _batches() -> None:
    op.create_table(
        "batches_after",
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
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO batches_after SELECT * FROM batches ORDER BY reference")
    _replace_table("batches")
    op.create_index("ix_batches_sku", "batches", ["sku"])


def _replace_table(table: str) -> None:
    op.drop_table(table)
    op.rename_table(f"{table}_after", table)
