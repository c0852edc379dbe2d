"""The tables. Every key has the sku or determines it, so that they can be sharded.

The migrations in `migrations/` make the same tables; a test holds the two together.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

from allocation.domain.values import LONGEST_TEXT


class Moment(TypeDecorator[datetime]):
    """A time with its zone, also where the database keeps no zones: in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """To the database; SQLite's own way takes more than twice as long."""
        return _text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=UTC)


_WITHOUT_ZONE: Final = len("2026-11-26 15:04:38.123456")


def _text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


NAME: Final = String(LONGEST_TEXT)
COUNT: Final = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

products = Table(
    "products",
    metadata,
    Column("sku", NAME, primary_key=True),
    Column("version_number", COUNT, nullable=False),
    Column("last_number", COUNT, nullable=False),
    Column("out_of_stock", Boolean, nullable=False),
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
    CheckConstraint("allocated_quantity BETWEEN 0 AND purchased_quantity", name="not_oversold"),
    Index(None, "sku"),
    sqlite_with_rowid=False,
)

# What a batch owes to messages that are no longer in the log.
opening_balances = Table(
    "opening_balances",
    metadata,
    Column("reference", NAME, ForeignKey(batches.c.reference), primary_key=True),
    Column("purchased_quantity", COUNT),
    Column("allocated_quantity", COUNT, nullable=False),
    Column("as_of", COUNT, nullable=False),
)

# Orders come in an order of their own, as a rule, so that what is new stands together; by sku,
# every line would change another page.
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
    sqlite_with_rowid=False,
)

# Of partial indexes, and of the queries that they serve, which must be spelt alike.
UNFINISHED: Final = "fate IN ('pending', 'outgoing')"
OPEN: Final = "fate IN ('pending', 'outgoing', 'dead')"

messages = Table(
    "messages",
    metadata,
    Column("seq", COUNT, Identity(always=True), primary_key=True),
    Column("id", NAME, nullable=False, unique=True),
    Column("type", String(80), nullable=False),
    Column("body", Text, nullable=False),
    Column("correlation_id", NAME, nullable=False),
    Column("causation_id", NAME),
    Column("at", Moment, nullable=False),
    Column("fate", String(20), nullable=False),
    Column("results", Text),
    Column("refusal", Text),
    Column("attempts", Integer, nullable=False),
    Column("due", Moment),
    Column("error", Text),
    Column("sku", NAME),
    CheckConstraint(
        "fate IN ('pending', 'outgoing', 'handled', 'refused', 'dead', 'discarded')",
        name="fate_is_known",
    ),
    # What starts a chain is found by its id.
    Index(
        None,
        "correlation_id",
        sqlite_where=text("causation_id IS NOT NULL"),
        postgresql_where=text("causation_id IS NOT NULL"),
    ),
    Index(
        "ix_messages_outgoing",
        "sku",
        "seq",
        sqlite_where=text("fate = 'outgoing'"),
        postgresql_where=text("fate = 'outgoing'"),
    ),
    Index(
        "ix_messages_outgoing_due",
        "due",
        "seq",
        sqlite_where=text("fate = 'outgoing'"),
        postgresql_where=text("fate = 'outgoing'"),
    ),
    Index(
        "ix_messages_open",
        "correlation_id",
        sqlite_where=text(OPEN),
        postgresql_where=text(OPEN),
    ),
    Index(
        "ix_messages_dead",
        "seq",
        sqlite_where=text("fate = 'dead'"),
        postgresql_where=text("fate = 'dead'"),
    ),
    Index(
        "ix_messages_unfinished",
        "fate",
        "seq",
        sqlite_where=text(UNFINISHED),
        postgresql_where=text(UNFINISHED),
    ),
)
