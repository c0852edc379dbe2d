"""The audit: the quantities of batches and the waiting units, recomputed from the log."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select, text

from allocation.adapters.codec import decoder
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.log import first_and_last
from allocation.adapters.sql.message_log.schema import OPEN
from allocation.adapters.sql.schema import batches, messages, order_lines
from allocation.adapters.sql.stock.ledger import LedgerReader, opening
from allocation.adapters.sql.unexplained_lines import LoggedLines, Units
from allocation.domain.events import ReleaseContinued
from allocation.domain.ledger import Backorders, Balance, Ledger
from allocation.domain.order_line import LineKey
from allocation.messaging.registry import Registry

PAGE: Final = 5_000
"""The number of messages, or waiting lines, read at once."""

THE_LOG: Final = "the log"
ITS_LINES: Final = "its lines"
ITS_PARTS: Final = "its parts"
SAME_PLACE: Final = "their state and batch"
OTHER_LINES: Final = "units of other lines"

Progress = Callable[[int, int], None]
"""Called with the number of messages read, and the approximate number of all messages."""

_PAGE = (
    select(messages).where(messages.c.seq > bindparam("after")).order_by(messages.c.seq).limit(PAGE)
)
_ALLOCATED = (
    select(order_lines.c.batchref, func.sum(order_lines.c.qty))
    .where(text("state = 'allocated'"))
    .group_by(order_lines.c.batchref)
)
_WAITING_PARTS = select(
    order_lines.c.sku, order_lines.c.orderid, order_lines.c.line, order_lines.c.qty
).where(text("state = 'waiting'"))
_WAITING = _WAITING_PARTS.execution_options(yield_per=PAGE)
_WAITING_FOR = _WAITING_PARTS.where(order_lines.c.sku == bindparam("sku"))
_LINE = order_lines.c.orderid, order_lines.c.sku, order_lines.c.line
_ORDERED = func.coalesce(order_lines.c.ordered, order_lines.c.qty)
_UNITS = func.sum(order_lines.c.qty)
_CONTRADICTORY_LINES = (
    select(*_LINE, func.min(_ORDERED), func.max(_ORDERED), _UNITS)
    .group_by(*_LINE)
    .having(or_(func.min(_ORDERED) != _UNITS, func.max(_ORDERED) != _UNITS))
)
_DIVIDED_PLACES = (
    select(*_LINE, func.count())
    .where(order_lines.c.ordered.is_not(None))  # a part that is the whole line has no quantity here
    .group_by(*_LINE, order_lines.c.state, order_lines.c.batchref)
    .having(func.count() > 1)
)
_RELEASES = select(messages.c.body).where(text(OPEN), messages.c.type == bindparam("name"))
_decode_release: Final[Callable[[str], Any]] = decoder(ReleaseContinued)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A recorded quantity that differs from the quantity explained by the log or the lines.

    `name` identifies a batch, a sku with its waiting units, or one line (`order O1 for LAMP`).
    """

    name: str
    what: str
    recorded: int
    explained: int | str | None
    by: str


class Audit:
    """Compares the tables with the log in one snapshot of the database, and changes nothing."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._reader = LedgerReader(registry)
        self._release_name = registry.name_of(ReleaseContinued)

    def run(self, progress: Progress = lambda _done, _all: None) -> tuple[int, list[Discrepancy]]:
        """Return the number of batches, and the unexplained quantities and waiting units.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self._database.reading(patient=True) as connection:
            ledger = opening(connection)
            first, last = first_and_last(connection)
            for rows in _pages(connection, first):
                ledger.enter(self._reader.entries(rows))
                progress(rows[-1].seq - first + 1, last - first + 1)
            count, discrepancies = self._of_batches(connection, ledger)
            discrepancies += _of_parts(connection)
            return count, [*discrepancies, *self._of_backorders(connection, ledger)]

    def _of_batches(self, connection: Connection, ledger: Ledger) -> tuple[int, list[Discrepancy]]:
        allocated_units = {ref: int(units) for ref, units in connection.execute(_ALLOCATED)}
        bodies = connection.execute(_RELEASES, {"name": self._release_name}).scalars()
        releasing = {_decode_release(body).ref for body in bodies}
        discrepancies, rows = list[Discrepancy](), connection.execute(select(batches)).all()
        for row in rows:
            ref, allocated = row.reference, row.allocated_quantity
            balance = ledger.batches.get(ref, Balance())
            must_hold = balance.purchased
            if must_hold is not None and ref in releasing:
                # Until its release ends, a batch's quantity equals its allocated quantity.
                must_hold = max(must_hold, balance.allocated)
            discrepancies += _differing(
                ref,
                ("purchased", row.purchased_quantity, must_hold, THE_LOG),
                ("allocated", allocated, balance.allocated, THE_LOG),
                ("allocated", allocated, allocated_units.get(ref, 0), ITS_LINES),
            )
        return len(rows), discrepancies

    def _of_backorders(self, connection: Connection, ledger: Ledger) -> Iterator[Discrepancy]:
        recorded = dict[str, Backorders]()
        for sku, orderid, line, qty in connection.execute(_WAITING):
            recorded.setdefault(sku, Backorders()).add((orderid, line), qty)
        nothing, explained = Backorders(), ledger.backorders
        skus = [
            sku
            for sku in sorted(recorded.keys() | explained.keys())
            if recorded.get(sku, nothing) != explained.get(sku, nothing)
        ]
        if not skus:
            return
        logged = self._logged_lines(connection, skus)
        for sku in skus:
            waiting, must_wait = _waiting(connection, sku), explained.get(sku, nothing)
            missing = logged.missing(sku, waiting, must_wait)
            if missing is None:
                yield _of_sku(sku, recorded.get(sku, nothing), must_wait)
            else:
                yield from _of_lines(sku, waiting, missing)

    def _logged_lines(self, connection: Connection, skus: list[str]) -> LoggedLines:
        logged = LoggedLines(skus)
        for rows in _pages(connection, first_and_last(connection)[0]):
            logged.enter(self._reader.entries(rows))
        return logged


def _pages(connection: Connection, first: int) -> Iterator[list[Row[Any]]]:
    after = first - 1
    while rows := list(connection.execute(_PAGE, {"after": after})):
        yield rows
        after = rows[-1].seq


def _waiting(connection: Connection, sku: str) -> Counter[LineKey]:
    units = Counter[LineKey]()
    for _, orderid, line, qty in connection.execute(_WAITING_FOR, {"sku": sku}):
        units[orderid, line] += qty
    return units


def _of_sku(sku: str, recorded: Backorders, explained: Backorders) -> Discrepancy:
    """The units that differ; if the numbers are equal, the units are those of other lines."""
    units = OTHER_LINES if recorded.units == explained.units else explained.units
    return Discrepancy(sku, "units waiting", recorded.units, units, THE_LOG)


def _of_lines(sku: str, waiting: Units, missing: Units) -> Iterator[Discrepancy]:
    for key in sorted(missing):
        recorded = waiting.get(key, 0)
        explained = recorded + missing[key] or None
        yield Discrepancy(_named(sku, *key), "units waiting", recorded, explained, THE_LOG)


def _of_parts(connection: Connection) -> Iterator[Discrepancy]:
    """The lines whose parts contradict each other.

    The parts of a line add up to its quantity, and no two are in the same state on the same batch.
    """
    for orderid, sku, line, least, most, qty in _sorted(connection, _CONTRADICTORY_LINES):
        units = int(qty)
        ordered = most if least == units else least
        yield Discrepancy(_named(sku, orderid, line), "units ordered", ordered, units, ITS_PARTS)
    for orderid, sku, line, parts in _sorted(connection, _DIVIDED_PLACES):
        yield Discrepancy(_named(sku, orderid, line), "parts", parts, 1, SAME_PLACE)


def _sorted(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in connection.execute(query))


def _named(sku: str, orderid: str, line: str) -> str:
    return f"order {orderid} for {sku}" if not line else f"order {orderid}, line {line}, for {sku}"


def _differing(name: str, *figures: tuple[str, int, int | None, str]) -> Iterator[Discrepancy]:
    for what, recorded, explained, by in figures:
        if recorded != explained:
            yield Discrepancy(name, what, recorded, explained, by)
