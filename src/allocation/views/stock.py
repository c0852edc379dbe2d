"""Queries of orders and products."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, literal_column, null, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.domain.validation import normalize_name
from allocation.views.availability import AvailabilityViews
from allocation.views.batches import BatchView, batch_page
from allocation.views.blocked_batches import BlockedBatchViews
from allocation.views.current_batches import CurrentBatchViews
from allocation.views.facts import FactNames
from allocation.views.feed import FeedViews
from allocation.views.first_lines import FirstLineViews
from allocation.views.histories import HistoryViews
from allocation.views.listed import LISTED
from allocation.views.lists.views import ListViews
from allocation.views.moves import MoveViews
from allocation.views.names import NameViews
from allocation.views.promised_lines import PromisedLineViews
from allocation.views.promises import PromiseViews
from allocation.views.shipments import ShipmentViews
from allocation.views.shortages import ShortageViews
from allocation.views.spellings import SpellingViews
from allocation.views.story import Verbs
from allocation.views.validators import ValidatorViews
from allocation.views.versions import VersionViews


@dataclass(frozen=True, slots=True)
class LineView:
    """A part of an order line: units with the same status and, if they have one, batch.

    The `status` is waiting, allocated, shipped or cancelled. `line` names the line, if its order
    has several for the sku. `eta` is the day on which the batch of an allocated part is due,
    `first_promised` the first day that was promised for the part, `required_by` the day on which
    the customer needs the line.
    """

    orderid: str
    sku: str
    line: str
    qty: int
    batchref: str | None
    status: str
    eta: date | None
    first_promised: date | None
    required_by: date | None


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product: its batches, preferred ones first, and its waiting lines, oldest first.

    `batches` is a page of the batches, `waiting` the first hundred waiting lines; `waiting_lines`
    and `waiting_quantity` count all waiting lines and their units.
    """

    sku: str
    version_number: int
    batches: list[BatchView]
    waiting_lines: int
    waiting_quantity: int
    waiting: list[LineView]


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with a page of its batches; `batch_count` is the number of all batches."""

    product: ProductView
    batch_count: int
    next_after: str | None
    """The cursor of the next page, None on the last one."""


_IN_BATCH = (order_lines.c.state == "allocated") & (order_lines.c.batchref == batches.c.reference)
_ORDER = (
    select(order_lines, batches.c.eta)
    .select_from(order_lines.outerjoin(batches, _IN_BATCH))
    .where(order_lines.c.orderid == bindparam("orderid"))
    .order_by(order_lines.c.sku, order_lines.c.line, order_lines.c.part)
)
_PRODUCT = select(products.c.version_number).where(products.c.sku == bindparam("sku"))
_IN_QUEUE = (
    order_lines.c.sku == bindparam("sku"),
    order_lines.c.state == literal_column("'waiting'"),  # as in the predicate of the index
)
_QUEUE = select(func.count(), func.coalesce(func.sum(order_lines.c.qty), 0)).where(*_IN_QUEUE)
_WAITING = (
    select(order_lines, null().label("eta"))
    .where(*_IN_QUEUE)
    .order_by(order_lines.c.position)
    .limit(LISTED)
)


NO_VERBS: Final[Verbs] = MappingProxyType({})


class Views:
    """The users' queries of the stock."""

    def __init__(
        self,
        database: Database,
        facts: FactNames,
        verbs: Verbs = NO_VERBS,
        *,
        split_lines: bool = False,
    ) -> None:
        """`split_lines` says whether a line that does not say so may be split."""
        self._database = database
        self.histories = HistoryViews(database, verbs)
        """Queries of what order lines have lived through."""
        self.moves = MoveViews(database, facts)
        """Queries of the order lines that a message moved."""
        self.promises = PromiseViews(database, facts.promise_changed)
        """Queries of the promises that a message changed."""
        self.lists = ListViews(database)
        """Queries of lists."""
        self.promised_lines = PromisedLineViews(database)
        """Queries of a batch and the order lines that are promised from it."""
        self.first_lines = FirstLineViews(database)
        """Queries of the first order lines that are promised from each of several batches."""
        self.availability = AvailabilityViews(database, split_lines=split_lines)
        """Queries of what can be promised."""
        self.blocked_batches = BlockedBatchViews(database)
        """Queries of blocked batches."""
        self.current_batches = CurrentBatchViews(database)
        """Queries of batches, for a comparison with a count."""
        self.feed = FeedViews(database)
        """Queries of the feed."""
        self.versions = VersionViews(database)
        """Queries of the versions of products."""
        self.validators = ValidatorViews(database)
        """Queries of values that differ when what a page shows has changed."""
        self.spellings = SpellingViews(database)
        """Queries of products by skus of which the case is not certain."""
        self.names = NameViews(database)
        """Queries of what has a name."""
        self.shipments = ShipmentViews(database)
        """Queries of what is to arrive, and of who needs it when."""
        self.shortages = ShortageViews(database)
        """Queries of products for which order lines wait."""

    def order(self, orderid: str) -> list[LineView]:
        """The parts of the lines of an order, by sku and line; none if the order is unknown."""
        name = normalize_name(orderid)
        if name is None:
            return []  # no order can have such an id, and PostgreSQL would reject some of them
        with self._database.reading() as connection:
            rows = connection.execute(_ORDER, {"orderid": name}).all()
        return [_line(row) for row in rows]

    def product(
        self, sku: str, limit: int = LISTED, after: str | None = None
    ) -> ProductPage | None:
        """A product with its waiting lines and a page of its batches, or None.

        Args:
            sku: The product's sku.
            limit: The maximum number of batches on the page.
            after: The reference of the last batch of the previous page.

        Raises:
            UnknownBatch: the product has no batch with the reference `after`.
        """
        name = normalize_name(sku)
        if name is None:
            return None
        with self._database.reading() as connection:
            version = connection.execute(_PRODUCT, {"sku": name}).scalar_one_or_none()
            if version is None:
                return None
            page = batch_page(connection, name, limit, after)
            lines, quantity = connection.execute(_QUEUE, {"sku": name}).one()
            waiting = [_line(row) for row in connection.execute(_WAITING, {"sku": name})]
        product = ProductView(name, version, page.batches, lines, int(quantity), waiting)
        return ProductPage(product, page.count, page.next_after)


def _line(row: Row[Any]) -> LineView:
    return LineView(
        row.orderid,
        row.sku,
        row.line,
        row.qty,
        row.batchref,
        row.state,
        row.eta,
        row.first_promised,
        row.required_by,
    )
