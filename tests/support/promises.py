"""The customers, who remember what they were told last."""

from collections import Counter, defaultdict
from datetime import date
from itertools import chain

from allocation.domain.events import PromiseChanged, PromiseLost, PromiseReviewRequired
from allocation.domain.model import Product
from allocation.domain.order_line import ALLOCATED, LineKey
from tests.support.builders import see_through

Promised = Counter[tuple[str, date | None]]
"""How many units of a line are promised from a batch for a day."""


class Customers:
    """What each customer of one product was told last: units, batches and days.

    A promise that changes, or is lost, must be one that was told. Customers that are forgiving do
    not mind, but remember the last one only; they have one promise each.
    """

    def __init__(self, product: Product, *orderids: str, forgiving: bool = False) -> None:
        self._product = product
        self._orderids = orderids
        self._forgiving = forgiving
        self._heard = 0
        self.expected: dict[LineKey, Promised] = {}
        self.letters = 0
        """How many promises were changed or taken back."""

    def promised(self) -> dict[LineKey, Promised]:
        """What is promised now."""
        promised: dict[LineKey, Promised] = defaultdict(Counter)
        for orderid in self._orderids:
            for part in chain(*self._product.lines.of_order(orderid).values()):
                counts = promised[part.line.key]
                if part.state == ALLOCATED and part.batchref is not None:
                    batch = self._product.batches.find(part.batchref)
                    assert batch is not None
                    day = batch.promised_date(self._product.today)
                    counts[part.batchref, day] += part.qty
        return dict(promised)

    def begin(self) -> None:
        """The lines have been accepted: what is promised is what was told."""
        self.expected = self.promised()
        self._heard = len(self._product.facts)

    def see_through(self) -> None:
        """Have all follow-ups handled."""
        see_through(self._product)
        while self._product.reviews:
            review = self._product.reviews.pop(0)
            assert isinstance(review, PromiseReviewRequired)
            self._product.review_promises(review.after)

    def listen(self) -> None:
        """Have all follow-ups handled, and hear of each promise that has changed since."""
        self.see_through()
        facts = self._product.facts[self._heard :]
        self._heard = len(self._product.facts)
        for fact in facts:
            if not isinstance(fact, PromiseChanged | PromiseLost):
                continue
            counts = self.expected[fact.orderid, fact.line or ""]
            if isinstance(fact, PromiseChanged):
                if fact.from_batchref is not None:
                    self._take(counts, (fact.from_batchref, fact.from_day), fact.qty)
                counts[fact.to_batchref, fact.to_day] += fact.qty
            else:
                self._take(counts, (fact.batchref, fact.day), fact.qty)
            self.letters += 1

    def _take(self, counts: Promised, promise: tuple[str, date | None], qty: int) -> None:
        if self._forgiving:
            counts.clear()
            return
        assert counts[promise] >= qty, f"{qty} units from {promise}, but {dict(counts)} were told"
        counts[promise] -= qty
        if not counts[promise]:
            del counts[promise]
