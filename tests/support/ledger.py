"""All that a database holds, read from the tables themselves, and an audit of it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, order_lines, products
from allocation.service_layer.messagebus import REGISTRY

Row = dict[str, Any]

_WHAT_DIFFERS_BETWEEN_RUNS = ("seq", "id", "correlation_id", "causation_id", "at", "due")


@dataclass(frozen=True)
class Ledger:
    """The rows of every table."""

    products: list[Row]
    batches: list[Row]
    lines: list[Row]
    messages: list[Row]

    @property
    def state(self) -> tuple[list[Row], list[Row], list[Row]]:
        """Everything but the log."""
        return self.products, self.batches, self.lines

    @property
    def log(self) -> list[Row]:
        """The log in its order, without ids and times, which no two runs share.

        Digests, and facts about other messages, are left out: they contain ids.
        """
        return [
            {key: value for key, value in row.items() if key not in _WHAT_DIFFERS_BETWEEN_RUNS}
            for row in self.messages
            if row["type"] not in ("Digest", "MessageHandled", "MessageFailed")
        ]

    @property
    def batchrefs(self) -> dict[tuple[str, str], str | None]:
        """Where each line, named by its order and its sku, is promised from, if it is whole."""
        return {(row["orderid"], row["sku"]): row["batchref"] for row in self.lines}

    def with_status(self, *statuses: str) -> list[Row]:
        """The messages that have one of these statuses."""
        return [row for row in self.messages if row["status"] in statuses]


def read_ledger(url: str) -> Ledger:
    """Read it on a connection of its own, as somebody who has just come in would."""
    database = Database(url)
    try:
        return ledger_of(database)
    finally:
        database.close()


def ledger_of(database: Database) -> Ledger:
    """Read it on a database that is open."""
    with database.reading() as connection:
        if not database.is_sqlite:  # whose server gives up a client that takes long to read
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        return Ledger(
            _rows(connection, products, "sku"),
            _rows(connection, batches, "reference"),
            _rows(connection, order_lines, "sku", "orderid", "line", "part"),
            _rows(connection, messages, "seq"),
        )


def verify(url: str) -> list[str]:
    """The findings of `allocation verify`, on a connection of its own."""
    database = Database(url)
    try:
        return verified(database)
    finally:
        database.close()


def verified(database: Database) -> list[str]:
    """The findings of `allocation verify`."""
    return [str(discrepancy) for discrepancy in Audit(database, REGISTRY).run()[1]]


def assert_nothing_oversold(ledger: Ledger) -> None:
    """The counter of every batch is the sum of its lines, and within what it holds."""
    promised: Counter[str] = Counter()
    for line in ledger.lines:
        if line["state"] == "allocated":
            promised[line["batchref"]] += line["qty"]
    for batch in ledger.batches:
        assert batch["allocated_quantity"] == promised[batch["reference"]], batch
        assert 0 <= batch["allocated_quantity"] <= batch["purchased_quantity"], batch


def assert_no_line_waits_for_nothing(ledger: Ledger) -> None:
    """No batch has room for a line that waits."""
    for line in ledger.lines:
        rooms = [
            batch["purchased_quantity"] - batch["allocated_quantity"]
            for batch in ledger.batches
            if batch["sku"] == line["sku"] and not batch["blocked"]
        ]
        assert line["state"] != "waiting" or line["least_room"] > max(rooms, default=0), line


def assert_lines_are(ledger: Ledger, expected: dict[tuple[str, str], int]) -> None:
    """Every line is there, once, with its quantity; and no other."""
    lines = sorted((line["orderid"], line["sku"], line["qty"]) for line in ledger.lines)
    assert lines == sorted((orderid, sku, qty) for (orderid, sku), qty in expected.items())


def _rows(connection: Connection, table: Table, *order: str) -> list[Row]:
    rows = connection.execute(select(table)).mappings()
    # Sorted here: what comes first in a text is not the same to every database.
    return sorted((dict(row) for row in rows), key=lambda row: [row[name] for name in order])
