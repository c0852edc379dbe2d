"""Who writes the rows: the driver's batches, or the application."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from sqlalchemy import func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages, order_lines
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired
from benchmarks import stock
from benchmarks.bare import postgresql, sqlite
from benchmarks.bare.rows import Book, Group, Order
from benchmarks.databases import Databases

GROUP: Final = 256
"""Lines in one transaction by hand."""

Write = Callable[[Sequence[Order]], None]
"""Writes these lines, one group and one commit."""


class BareWriter(Protocol):
    """Writes groups to one database."""

    def write(self, group: Group) -> None:
        """One transaction, durable when this returns."""

    def close(self) -> None:
        """Close the connection."""


_WRITERS: Final[dict[str, Callable[[str], BareWriter]]] = {
    "sqlite": sqlite.BareWriter,
    "postgresql": postgresql.BareWriter,
}


@contextmanager
def by_hand(databases: Databases, kind: str, skus: list[str]) -> Iterator[Write]:
    """The bare limit."""
    with databases.migrated(kind) as url:
        stock.fill(url, skus)
        writer = _WRITERS[kind](url)
        book, written = Book(), 0

        def write(orders: Sequence[Order]) -> None:
            nonlocal written
            writer.write(book.group(orders))
            written += len(orders)

        try:
            yield write
        finally:
            writer.close()
        _check(url, written)


@contextmanager
def by_us(databases: Databases, kind: str, skus: list[str]) -> Iterator[Write]:
    """The application, without HTTP."""
    with databases.migrated(kind) as url:
        stock.fill(url, skus)
        application = bootstrap(Settings(url))
        handled = 0

        def handle(orders: Sequence[Order]) -> None:
            nonlocal handled
            for answer in application.handle_all([AllocationRequired(*order) for order in orders]):
                if answer.error is not None:
                    raise answer.error
            handled += len(orders)

        try:
            yield handle
        finally:
            application.close()
        _check(url, handled)


def _check(url: str, lines: int) -> None:
    """A limit counts only if all is there."""
    database = Database(url)
    with database.reading() as connection:
        for table, rows in ((order_lines, lines), (messages, 2 * lines)):
            stored = connection.execute(select(func.count()).select_from(table)).scalar_one()
            if stored != rows:
                raise RuntimeError(f"{stored} rows in {table.name}, and not {rows}")
    database.close()
