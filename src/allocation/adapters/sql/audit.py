"""The audit: every batch's quantities, counted again from the log and from its lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.log import first_and_last
from allocation.adapters.sql.schema import batches, messages, order_lines
from allocation.adapters.sql.stock.ledger import ledger_entries, opening
from allocation.domain.ledger import Balance

AT_ONCE: Final = 5_000
"""Messages that are read together."""

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


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A quantity of a batch that is not what it must be, in units."""

    batchref: str
    what: str
    recorded: int
    explained: int | None
    by: str


class Audit:
    """Looks at one state of the database, and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, progress: Progress = lambda _done, _all: None) -> tuple[int, list[Discrepancy]]:
        """How many batches there are, and what about them cannot be explained.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self._database.reading() as connection:
            ledger = opening(connection)
            first, last = first_and_last(connection)
            after = first - 1
            while rows := connection.execute(_PAGE, {"after": after}).all():
                ledger.enter(ledger_entries(connection, rows))
                after = rows[-1].seq
                progress(after - first + 1, last - first + 1)
            return _compared(connection, ledger.batches)


def _compared(connection: Connection, ledger: dict[str, Balance]) -> tuple[int, list[Discrepancy]]:
    promised = {ref: int(units) for ref, units in connection.execute(_PROMISED)}
    discrepancies, rows = list[Discrepancy](), connection.execute(select(batches)).all()
    for row in rows:
        balance = ledger.get(row.reference, Balance())
        quantities = (
            ("purchased", row.purchased_quantity, balance.purchased, "the log"),
            ("allocated", row.allocated_quantity, balance.allocated, "the log"),
            ("allocated", row.allocated_quantity, promised.get(row.reference, 0), "its lines"),
        )
        discrepancies += _discrepancies(row.reference, quantities)
    return len(rows), discrepancies


def _discrepancies(
    ref: str, quantities: tuple[tuple[str, int, int | None, str], ...]
) -> Iterator[Discrepancy]:
    for what, recorded, explained, by in quantities:
        if recorded != explained:
            yield Discrepancy(ref, what, recorded, explained, by)
