"""The audit: batches and waiting lines, counted again from the log and from the lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, text

from allocation.adapters.codec import decoder
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.log import first_and_last
from allocation.adapters.sql.message_log.schema import OPEN
from allocation.adapters.sql.schema import batches, messages, order_lines
from allocation.adapters.sql.stock.ledger import ledger_entries, opening
from allocation.domain.events import ReleaseContinued
from allocation.domain.ledger import Backorders, Balance, Ledger

AT_ONCE: Final = 5_000
"""Messages, or waiting lines, that are read together."""

THE_LOG: Final = "the log"
ITS_LINES: Final = "its lines"
OTHER_LINES: Final = "other ones"

Progress = Callable[[int, int], None]
"""Told how many messages have been read, and about how many there are."""

_PAGE = (
    select(messages)
    .where(messages.c.seq > bindparam("after"))
    .order_by(messages.c.seq)
    .limit(AT_ONCE)
)
_PROMISED = (
    select(order_lines.c.batchref, func.sum(order_lines.c.qty))
    .where(text("batchref IS NOT NULL"))
    .group_by(order_lines.c.batchref)
)
_WAITING = (
    select(order_lines.c.sku, order_lines.c.orderid, order_lines.c.qty)
    .where(text("batchref IS NULL"))
    .execution_options(yield_per=AT_ONCE)
)
_RELEASES = select(messages.c.body).where(text(OPEN), messages.c.type == ReleaseContinued.__name__)
_decode_release: Final[Callable[[str], Any]] = decoder(ReleaseContinued)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A figure of a batch, or of the waiting lines of a sku, that is not what it must be."""

    name: str
    what: str
    recorded: int
    explained: int | str | None
    by: str


class Audit:
    """Looks at one state of the database, and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, progress: Progress = lambda _done, _all: None) -> tuple[int, list[Discrepancy]]:
        """How many batches there are, and what about them or the waiting lines is unexplained.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self._database.reading(patient=True) as connection:
            ledger = opening(connection)
            first, last = first_and_last(connection)
            after = first - 1
            while rows := connection.execute(_PAGE, {"after": after}).all():
                ledger.enter(ledger_entries(rows))
                after = rows[-1].seq
                progress(after - first + 1, last - first + 1)
            count, discrepancies = _of_batches(connection, ledger)
            return count, [*discrepancies, *_of_backorders(connection, ledger)]


def _of_batches(connection: Connection, ledger: Ledger) -> tuple[int, list[Discrepancy]]:
    promised = {ref: int(units) for ref, units in connection.execute(_PROMISED)}
    bodies = connection.execute(_RELEASES).scalars()
    releasing = {_decode_release(body).ref for body in bodies}
    discrepancies, rows = list[Discrepancy](), connection.execute(select(batches)).all()
    for row in rows:
        ref, purchased, allocated = row.reference, row.purchased_quantity, row.allocated_quantity
        balance = ledger.batches.get(ref, Balance())
        must_hold = balance.purchased
        if must_hold is not None and ref in releasing:
            # Lines are taken off in portions: meanwhile a batch holds what is promised.
            must_hold = max(must_hold, balance.allocated)
        discrepancies += _differing(
            ref,
            ("purchased", purchased, must_hold, THE_LOG),
            ("allocated", allocated, balance.allocated, THE_LOG),
            ("allocated", allocated, promised.get(ref, 0), ITS_LINES),
        )
    return len(rows), discrepancies


def _of_backorders(connection: Connection, ledger: Ledger) -> Iterator[Discrepancy]:
    """Where as many lines wait, with as many units, they may still be other lines."""
    waiting = dict[str, Backorders]()
    for sku, orderid, qty in connection.execute(_WAITING):
        waiting.setdefault(sku, Backorders()).add(orderid, qty)
    for sku in sorted(waiting.keys() | ledger.backorders.keys()):
        recorded = waiting.get(sku, Backorders())
        explained = ledger.backorders.get(sku, Backorders())
        counts = [
            *_differing(
                sku,
                ("lines waiting", recorded.lines, explained.lines, THE_LOG),
                ("units waiting", recorded.units, explained.units, THE_LOG),
            )
        ]
        if counts or recorded == explained:
            yield from counts
        else:
            yield Discrepancy(sku, "lines waiting", recorded.lines, OTHER_LINES, THE_LOG)


def _differing(name: str, *figures: tuple[str, int, int | None, str]) -> Iterator[Discrepancy]:
    for what, recorded, explained, by in figures:
        if recorded != explained:
            yield Discrepancy(name, what, recorded, explained, by)
