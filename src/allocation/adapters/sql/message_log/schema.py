"""The table of the message log."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Identity, Index, Integer, String, Table, Text, text

from allocation.adapters.sql.engine.metadata import metadata
from allocation.adapters.sql.engine.types import COUNT, NAME, UtcDateTime

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
    Column("at", UtcDateTime, nullable=False),
    Column("fate", String(20), nullable=False),
    Column("results", Text),
    Column("refusal", Text),
    Column("attempts", Integer, nullable=False),
    Column("due", UtcDateTime),
    Column("error", Text),
    Column("sku", NAME),
    Column("depth", Integer),
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
