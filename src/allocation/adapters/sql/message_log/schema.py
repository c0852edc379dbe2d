"""The tables of the message log."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Identity, Index, Integer, String, Table, Text, text

from allocation.adapters.sql.engine.conditions import is_one_of
from allocation.adapters.sql.engine.metadata import new_metadata
from allocation.adapters.sql.engine.types import COUNT, NAME, UtcDateTime

metadata = new_metadata()

# The conditions of partial indexes; queries must repeat them literally to use the indexes.
UNFINISHED: Final = "status IN ('pending', 'outgoing')"
OPEN_STATUSES: Final = ("pending", "outgoing", "dead")
OPEN: Final = is_one_of("status", OPEN_STATUSES)

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
    Column("status", String(20), nullable=False),
    Column("results", Text),
    Column("refusal", Text),
    Column("attempts", Integer, nullable=False),
    Column("due", UtcDateTime),
    Column("error", Text),
    Column("ordering_key", NAME),
    Column("depth", Integer),
    Column("submission", NAME),
    Column("sender", NAME),
    CheckConstraint(
        is_one_of("status", ("handled", "refused", *OPEN_STATUSES, "discarded")),
        name="status_is_known",
    ),
    # The message that starts a chain is found by its id, so this index leaves it out.
    Index(
        None,
        "correlation_id",
        sqlite_where=text("causation_id IS NOT NULL"),
        postgresql_where=text("causation_id IS NOT NULL"),
    ),
    Index(
        "ix_messages_outgoing",
        "ordering_key",
        "seq",
        sqlite_where=text("status = 'outgoing'"),
        postgresql_where=text("status = 'outgoing'"),
    ),
    Index(
        "ix_messages_outgoing_due",
        "due",
        "seq",
        sqlite_where=text("status = 'outgoing'"),
        postgresql_where=text("status = 'outgoing'"),
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
        sqlite_where=text("status = 'dead'"),
        postgresql_where=text("status = 'dead'"),
    ),
    # Finds the pending follow-ups that an incoming message has to wait for.
    Index(
        "ix_messages_pending",
        "ordering_key",
        "seq",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_messages_unfinished",
        "status",
        "seq",
        sqlite_where=text(UNFINISHED),
        postgresql_where=text(UNFINISHED),
    ),
)

log_state = Table(
    "log_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("identity", String(32), nullable=False),
    Column("pruned_through", COUNT, nullable=False),
    CheckConstraint("id = 1", name="has_one_row"),
)
"""One row: the identity of this log, which a copy does not share once it is restored, and the
number of the last message that pruning has removed."""
