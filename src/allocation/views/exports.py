"""Lists of everything that is current, each in one snapshot of the database, for exports."""

from collections.abc import Generator

from allocation.adapters.sql.engine.database import Database
from allocation.views import exported_batches, exported_lines, pick_list
from allocation.views.exported_batches import ExportedBatch
from allocation.views.exported_lines import Backorder, ExportedLine
from allocation.views.pick_list import Pick
from allocation.views.selections import Selection


class ExportViews:
    """Reads lists of any length in constant memory.

    A list is one consistent state of the database: what changes while it is read is not in it. A
    generator must be closed unless it is exhausted, because it keeps a transaction open.

    Raises:
        StoreUnavailable: from the generators, if the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def batches(self, selection: Selection) -> Generator[ExportedBatch, None, None]:
        """All batches by reference, also those that are cancelled or hold no units."""
        with self._database.reading(patient=True) as connection:
            yield from exported_batches.read(connection, selection)

    def orders(self, selection: Selection) -> Generator[ExportedLine, None, None]:
        """The order lines of which units are open, by order."""
        with self._database.reading(patient=True) as connection:
            yield from exported_lines.read(connection, selection)

    def backorders(self, selection: Selection) -> Generator[Backorder, None, None]:
        """The order lines of which units wait, by sku; the one that is served first is first."""
        with self._database.reading(patient=True) as connection:
            yield from exported_lines.read_waiting(connection, selection)

    def pick_list(self, selection: Selection) -> Generator[Pick, None, None]:
        """The units that can leave today, by sku and batch, in the order of allocation."""
        with self._database.reading(patient=True) as connection:
            yield from pick_list.read(connection, selection)
