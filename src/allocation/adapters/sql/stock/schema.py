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
    String,
    Table,
    false,
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
    Column("unreported", COUNT, nullable=False, server_default="0"),
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
    Column("target_quantity", COUNT),  # of an unfinished release (ADR 29)
    Column("initial_eta", Date),
    Column("blocked", Boolean, nullable=False, server_default=false()),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    # Computed by the database. PostgreSQL updates quantities in place (HOT) as long as no index
    # refers to them, not even in its predicate; this column changes about twice per batch.
    Column(
        "exhausted",
        Boolean,
        Computed("blocked OR allocated_quantity >= purchased_quantity", persisted=True),
        nullable=False,
    ),
    Column("received_from", NAME),  # the shipment of which the batch is a part
    CheckConstraint("allocated_quantity BETWEEN 0 AND purchased_quantity", name="not_oversold"),
    Index(
        "ix_batches_open",
        "sku",
        sqlite_where=text("NOT exhausted"),
        postgresql_where=text("NOT exhausted"),
    ),
    Index(None, "sku", "eta", "reference"),
    Index(
        "ix_batches_due",
        "eta",
        "reference",
        sqlite_where=text("eta IS NOT NULL"),
        postgresql_where=text("eta IS NOT NULL"),
    ),
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
    Column("shipped_quantity", COUNT, nullable=False, server_default="0"),
)

# The sum of the units that waited before the first message of the log (`domain.ledger.Backorders`).
opening_backorders = Table(
    "opening_backorders",
    metadata,
    Column("sku", NAME, ForeignKey(products.c.sku), primary_key=True),
    Column("units", COUNT, nullable=False),
    Column("fingerprint", COUNT, nullable=False),
)

# A row for each part of a line. The primary key begins with the order id, because new order ids are
# usually ascending, so that new lines share a page. With the sku first, every line would change
# another page (ADR 13). The indexes name the state: a cancelled part has no batch either.
order_lines = Table(
    "order_lines",
    metadata,
    Column("sku", NAME, ForeignKey(products.c.sku), nullable=False),
    Column("orderid", NAME, nullable=False),
    Column("line", NAME, nullable=False, server_default=""),
    Column("part", COUNT, nullable=False, server_default="0"),
    Column("qty", COUNT, nullable=False),
    Column("position", COUNT, nullable=False),
    Column("state", String(9), nullable=False, server_default="allocated"),
    Column("batchref", NAME, ForeignKey(batches.c.reference)),
    Column("promise", COUNT),
    Column("first_promised", Date),
    Column("ordered", COUNT),  # the quantity of the line; NULL if the part is the whole line
    Column("first_qty", COUNT),  # with which the line was announced; NULL if it is the same
    Column("least_room", COUNT),  # that a waiting part can use
    Column("due", Date),  # the day after which the part is late, if it can be late
    Column("required_by", Date),
    Column("split", Boolean),
    # The last promise that was told, if it does not hold any more.
    Column("stale_batchref", NAME),
    Column("stale_day", Date),
    PrimaryKeyConstraint("orderid", "sku", "line", "part"),
    CheckConstraint("qty > 0", name="qty_positive"),
    CheckConstraint("(state = 'allocated') = (promise IS NOT NULL)", name="promised_if_allocated"),
    CheckConstraint(
        "(state IN ('allocated', 'shipped')) = (batchref IS NOT NULL)", name="batch_by_state"
    ),
    CheckConstraint("(state = 'waiting') = (least_room IS NOT NULL)", name="room_if_waiting"),
    Index(
        "ix_order_lines_promised",
        "batchref",
        "promise",
        sqlite_where=text("state = 'allocated'"),
        postgresql_where=text("state = 'allocated'"),
    ),
    Index(
        "ix_order_lines_due",
        "batchref",
        "due",
        sqlite_where=text("state = 'allocated' AND due IS NOT NULL"),
        postgresql_where=text("state = 'allocated' AND due IS NOT NULL"),
    ),
    Index(
        "ix_order_lines_unreported",
        "sku",
        "position",
        sqlite_where=text("stale_batchref IS NOT NULL"),
        postgresql_where=text("stale_batchref IS NOT NULL"),
    ),
    Index(
        "ix_order_lines_waiting",
        "sku",
        "least_room",
        "position",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_order_lines_queue",
        "sku",
        "position",
        "least_room",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    sqlite_with_rowid=False,
)
