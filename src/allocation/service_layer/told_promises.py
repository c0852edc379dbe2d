"""What several changes of a promise come to: what a customer was told before, and is told now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from allocation.domain.events import PromiseChanged, PromiseLost
from allocation.domain.order_line import Promise
from allocation.domain.parts import earliest
from allocation.domain.promises import comes_late

Fact = PromiseChanged | PromiseLost
"""A fact about a promise that was told."""


@dataclass(slots=True)
class ToldPromise:
    """Units of an order line, the promise that was told before, and the one that holds now.

    None stands for no promise: the units wait. `required_by` is the day on which the customer
    needs the line, `due` the day after which it is late.
    """

    orderid: str
    sku: str
    line: str | None
    qty: int
    before: Promise | None
    now: Promise | None
    required_by: date | None = None
    due: date | None = None

    @property
    def is_late(self) -> bool:
        """Whether the units come after the day on which they are due, or on an unknown day."""
        return self.now is not None and comes_late(self.now.day, self.due)


def told_promises(facts: Iterable[Fact]) -> list[ToldPromise]:
    """What the facts, in log order, come to; units whose promise is the same again are left out."""
    by_line: dict[tuple[str, str, str | None], list[ToldPromise]] = {}
    for fact in facts:
        of_line = by_line.setdefault((fact.orderid, fact.sku, fact.line), [])
        later = _change_in(fact)
        for earlier in of_line:
            if (earlier.now, earlier.qty) == (later.before, later.qty):
                earlier.now, earlier.due = later.now, later.due
                earlier.required_by = later.required_by
                break
        else:
            of_line.append(later)
    return [each for of_line in by_line.values() for each in of_line if each.before != each.now]


def _change_in(fact: Fact) -> ToldPromise:
    units = fact.orderid, fact.sku, fact.line, fact.qty
    if isinstance(fact, PromiseLost):
        return ToldPromise(*units, Promise(fact.batchref, fact.day), None)
    before = None if fact.from_batchref is None else Promise(fact.from_batchref, fact.from_day)
    now = Promise(fact.to_batchref, fact.to_day)
    due = earliest(fact.required_by, fact.first_promised)
    return ToldPromise(*units, before, now, fact.required_by, due)
