"""Accounts in the database: booked from the log, and kept as opening balances."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select

from allocation.adapters.codec import decode_results, decoder
from allocation.adapters.sql.stock.schema import batches, opening_balances, order_lines
from allocation.domain.events import BatchQuantityChanged
from allocation.domain.ledger import LEDGER_EVENTS, Balance, Ledger, LedgerEntry
from allocation.messaging.log import Status

AT_ONCE: Final = 500
"""Orders in one look-up; a change may have taken very many off a batch."""

_DECODERS: Final = {kind.__name__: decoder(kind) for kind in LEDGER_EVENTS}

_UNITS = select(func.coalesce(func.sum(order_lines.c.qty), 0)).where(
    order_lines.c.sku
    == select(batches.c.sku).where(batches.c.reference == bindparam("ref")).scalar_subquery(),
    order_lines.c.orderid.in_(bindparam("orders", expanding=True)),
)
_OF_THESE = opening_balances.c.reference.in_(bindparam("refs", expanding=True))
_ALL = select(opening_balances)


def ledger_entries(connection: Connection, rows: Iterable[Row[Any]]) -> Iterator[LedgerEntry]:
    """What these messages, rows of the log, have done to batches."""
    for row in rows:
        if row.type in _DECODERS and row.status == Status.HANDLED:
            message: Any = _DECODERS[row.type](row.body)
            lost = 0
            if isinstance(message, BatchQuantityChanged):
                lost = _units(connection, message.ref, decode_results(row.results))
            yield LedgerEntry(row.seq, message, lost)


def opening(connection: Connection) -> Ledger:
    """What all batches had when the log, as it is now, began."""
    return _ledger(connection, _ALL)


def carry_forward(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Take these, few, into the opening balances."""
    if not entries:
        return
    these = {"refs": sorted({entry.ref for entry in entries})}
    # A unit of work of its own may write them, too. One of them waits for the other, or, where
    # there is no row yet, finds that the other has made it: a conflict.
    ledger = _ledger(connection, _ALL.where(_OF_THESE).with_for_update(), **these)
    refs = sorted(ledger.batches)
    ledger.enter(entries)
    if refs:
        connection.execute(delete(opening_balances).where(_OF_THESE), {"refs": refs})
    rows = [
        {
            "reference": ref,
            "purchased_quantity": balance.purchased,
            "allocated_quantity": balance.allocated,
            "as_of": balance.as_of,
        }
        for ref, balance in ledger.batches.items()
    ]
    connection.execute(insert(opening_balances), rows)


def keep_totals(connection: Connection, rows: Iterable[Row[Any]]) -> None:
    """Add to the opening balances what these rows, about to leave the log, did to batches."""
    carry_forward(connection, list(ledger_entries(connection, rows)))


def _ledger(connection: Connection, query: Select[Any], **key: object) -> Ledger:
    rows = connection.execute(query, key)
    return Ledger({ref: Balance(*quantities) for ref, *quantities in rows})


def _units(connection: Connection, ref: str, results: Sequence[Any]) -> int:
    """How many units the lines had that a change has taken off this batch."""
    [taken_off] = results
    portions = (taken_off[first : first + AT_ONCE] for first in range(0, len(taken_off), AT_ONCE))
    return sum(
        connection.execute(_UNITS, {"ref": ref, "orders": orders}).scalar_one()
        for orders in portions
    )
