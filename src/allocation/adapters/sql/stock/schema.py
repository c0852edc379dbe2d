"""The tables of the stock. Every key contains or determines the sku, so they can be sharded."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    text,
)

from allocation.adapters.sql.engine.metadata import new_metadata
from allocation.adapters.sql.engine.types import COUNT, NAME

metadata = new_metadata()

products = Table(
    "products",
    metadata,
    Column("sku", NAME, primary_key=True),
    Column("version_number", COUNT, nullable=False),
    Column("last_number", COUNT, nullable=False),
    Column("out_of_stock", Boolean, nullable=False),
    # The progress of a cascade (ADR 29).
    Column("lost", COUNT, nullable=False, server_default="0"),
    Column("fill_after", COUNT),
    sqlite_with_rowid=False,
)

batches = Table(
    "batches",
    metadata,
    Column("reference", NAME, primary_key=True),
    Column("sku", NAME, ForeignKey(products.c.sku), nullable=False),
    Column("initial_quantity", COUNT, nullable=False),
    Column("purchased_quantity", COUNT, nullable=False),
    Column("allocated_quantity", COUNT, nullable=False),
    Column("eta", Date),
    # Computed by the database. PostgreSQL updates quantities in place (HOT) as long as no index
    # refers to them, not even in its predicate; this column changes about twice per batch.
    Column(
        "exhausted",
        Boolean,
        Computed("allocated_quantity >= purchased_quantity", persisted=True),
        nullable=False,
    ),
    Column("target_quantity", COUNT),  # of an unfinished release (ADR 29)
    CheckConstraint("allocated_quantity BETWEEN 0 AND purchased_quantity", name="not_oversold"),
    Index(
        "ix_batches_open",
        "sku",
        sqlite_where=text("NOT exhausted"),
        postgresql_where=text("NOT exhausted"),
    ),
    Index(None, "sku", "eta", "reference"),
    sqlite_with_rowid=False,
)

# The quantities of a batch according to the messages that are no longer in the log.
opening_balances = Table(
    "opening_balances",
    metadata,
    Column("reference", NAME, ForeignKey(batches.c.reference), primary_key=True),
    Column("announced_quantity", COUNT),
    Column("announced_by", COUNT, nullable=False),
    Column("adjusted_quantity", COUNT, nullable=False),
    Column("allocated_quantity", COUNT, nullable=False),
)

# The sum of the lines that waited before the first message of the log (`domain.ledger.Backorders`).
opening_backorders = Table(
    "opening_backorders",
    metadata,
    Column("sku", NAME, ForeignKey(products.c.sku), primary_key=True),
    Column("lines", COUNT, nullable=False),
    Column("units", COUNT, nullable=False),
    Column("fingerprint", COUNT, nullable=False),
)

# The primary key begins with the order id, because new order ids are usually ascending, so that new
# lines share a page. With the sku first, every line would change another page (ADR 13).
order_lines = Table(
    "order_lines",
    metadata,
    Column("sku", NAME, ForeignKey(products.c.sku), nullable=False),
    Column("orderid", NAME, nullable=False),
    Column("qty", COUNT, nullable=False),
    Column("batchref", NAME, ForeignKey(batches.c.reference)),
    Column("position", COUNT, nullable=False),
    Column("promise", COUNT),
    PrimaryKeyConstraint("orderid", "sku"),
    CheckConstraint("qty > 0", name="qty_positive"),
    CheckConstraint("(batchref IS NULL) = (promise IS NULL)", name="promised_from_a_batch"),
    Index(
        "ix_order_lines_promised",
        "batchref",
        "promise",
        sqlite_where=text("batchref IS NOT NULL"),
        postgresql_where=text("batchref IS NOT NULL"),
    ),
    Index(
        "ix_order_lines_waiting",
        "sku",
        "qty",
        "position",
        sqlite_where=text("batchref IS NULL"),
        postgresql_where=text("batchref IS NULL"),
    ),
    Index(
        "ix_order_lines_queue",
        "sku",
        "position",
        "qty",
        sqlite_where=text("batchref IS NULL"),
        postgresql_where=text("batchref IS NULL"),
    ),
    sqlite_with_rowid=False,
)
