"""The ledger in the database: entered from the log, and kept as opening balances."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select

from allocation.adapters.codec import decoder
from allocation.adapters.sql.stock.schema import opening_backorders, opening_balances
from allocation.domain.ledger import LEDGER_EVENTS, Backorders, Balance, Ledger, LedgerEntry
from allocation.messaging.log import Status

_DECODERS: Final = {kind.__name__: decoder(kind) for kind in LEDGER_EVENTS}


def ledger_entries(rows: Iterable[Row[Any]]) -> Iterator[LedgerEntry]:
    """What these messages, rows of the log, have done to batches and to waiting lines."""
    for row in rows:
        if row.type in _DECODERS and row.status == Status.HANDLED:
            message: Any = _DECODERS[row.type](row.body)
            yield LedgerEntry(row.seq, message)


def opening(connection: Connection) -> Ledger:
    """What there was when the log, as it is now, began."""
    return _ledger(
        connection.execute(select(opening_balances)),
        connection.execute(select(opening_backorders)),
    )


def carry_forward(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Take these, few, into the opening balances."""
    if not entries:
        return
    changed = Ledger()
    changed.enter(entries)
    # A unit of work of its own may write them, too. One of them waits for the other, or, where
    # there is no row yet, finds that the other has made it: a conflict.
    balances = _take_out(connection, opening_balances, "reference", changed.batches)
    backorders = _take_out(connection, opening_backorders, "sku", changed.backorders)
    ledger = _ledger(balances, backorders)
    ledger.enter(entries)
    _put_back(
        connection,
        opening_balances,
        [(ref, one.purchased, one.allocated, one.as_of) for ref, one in ledger.batches.items()],
    )
    _put_back(
        connection,
        opening_backorders,
        [(sku, one.lines, one.units, one.fingerprint) for sku, one in ledger.backorders.items()],
    )


def keep_totals(connection: Connection, rows: Iterable[Row[Any]]) -> None:
    """Add to the opening balances what these rows, about to leave the log, did to the stock."""
    carry_forward(connection, list(ledger_entries(rows)))


def _ledger(balances: Iterable[Row[Any]], backorders: Iterable[Row[Any]]) -> Ledger:
    return Ledger(
        {row[0]: Balance(*row[1:]) for row in balances},
        {row[0]: Backorders(*row[1:]) for row in backorders},
    )


def _take_out(
    connection: Connection, table: Table, key: str, names: Iterable[str]
) -> Sequence[Row[Any]]:
    """The rows of these names, which are removed; they are locked in the order of the names."""
    these = table.c[key].in_(bindparam("names", expanding=True))
    query = select(table).where(these).order_by(table.c[key]).with_for_update()
    rows = connection.execute(query, {"names": sorted(names)}).all()
    if rows:
        connection.execute(delete(table).where(these), {"names": [row[0] for row in rows]})
    return rows


def _put_back(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = table.c.keys()
    values = [dict(zip(columns, row, strict=True)) for row in rows]
    if values:
        connection.execute(insert(table), values)
