"""The ledger in the database: entries from the log, and opening balances."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select

from allocation.adapters.codec import decoder
from allocation.adapters.sql.stock.schema import opening_backorders, opening_balances
from allocation.domain.ledger import LEDGER_EVENTS, Backorders, Balance, Ledger, LedgerEntry
from allocation.messaging.log import Status
from allocation.messaging.registry import Registry


class LedgerReader:
    """Reads ledger entries from the log, by the names that a registry gives to the messages."""

    def __init__(self, registry: Registry) -> None:
        self._decoders = {registry.name_of(kind): decoder(kind) for kind in LEDGER_EVENTS}

    def entries(self, rows: Iterable[Row[Any]]) -> Iterator[LedgerEntry]:
        """The ledger entries among these rows of the log."""
        for row in rows:
            if row.type in self._decoders and row.status == Status.HANDLED:
                message: Any = self._decoders[row.type](row.body)
                yield LedgerEntry(row.seq, message)


def opening(connection: Connection) -> Ledger:
    """The ledger before the first message that is still in the log."""
    return _ledger(
        connection.execute(select(opening_balances)),
        connection.execute(select(opening_backorders)),
    )


def carry_forward(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Add entries to the opening balances."""
    if not entries:
        return
    changed = Ledger()
    changed.enter(entries)
    # A standalone unit of work may write the same rows. One transaction waits for the other, or,
    # if both insert a row, the second one meets a conflict.
    balances = _take_out(connection, opening_balances, "reference", changed.batches)
    backorders = _take_out(connection, opening_backorders, "sku", changed.backorders)
    ledger = _ledger(balances, backorders)
    ledger.enter(entries)
    _put_back(
        connection,
        opening_balances,
        [(ref, *astuple(balance)) for ref, balance in ledger.batches.items()],
    )
    _put_back(
        connection,
        opening_backorders,
        [(sku, *astuple(units)) for sku, units in ledger.backorders.items()],
    )


def _ledger(balances: Iterable[Row[Any]], backorders: Iterable[Row[Any]]) -> Ledger:
    return Ledger(
        {row[0]: Balance(*row[1:]) for row in balances},
        {row[0]: Backorders(*row[1:]) for row in backorders},
    )


def _take_out(
    connection: Connection, table: Table, key: str, names: Iterable[str]
) -> Sequence[Row[Any]]:
    """Delete and return the rows with these names; they are locked in the order of the names."""
    has_name = table.c[key].in_(bindparam("names", expanding=True))
    query = select(table).where(has_name).order_by(table.c[key]).with_for_update()
    rows = connection.execute(query, {"names": sorted(names)}).all()
    if rows:
        connection.execute(delete(table).where(has_name), {"names": [row[0] for row in rows]})
    return rows


def _put_back(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = table.c.keys()
    values = [dict(zip(columns, row, strict=True)) for row in rows]
    if values:
        connection.execute(insert(table), values)
