"""Promises: the order lines of which a message and its follow-ups changed the promised date."""

from dataclasses import dataclass
from datetime import date

from allocation.domain.events import PromiseChanged
from allocation.domain.parts import earliest


@dataclass(frozen=True, slots=True)
class ChangedPromise:
    """Units of an order line that are promised for another day now, or from another batch.

    A day of None is not known: the batch is overdue, or, without a batch, none was promised. The
    line is `late` if that is so now, or if the day is after the one on which the customer needs
    the line (`required_by`), or after the first one that was promised.
    """

    orderid: str
    sku: str
    line: str | None
    qty: int
    from_batchref: str | None
    from_day: date | None
    to_batchref: str
    to_day: date | None
    required_by: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class PromisePage:
    """A page of changed promises; `next_after` is the cursor of the next one, None on the last."""

    promises: list[ChangedPromise]
    next_after: int | None


def comes_late(day: date | None, due: date | None) -> bool:
    """Whether units that are promised for a day come late: after `due`, or nobody knows when."""
    return day is None or (due is not None and due < day)


def changed_promise(fact: PromiseChanged) -> ChangedPromise:
    """The changed promise that a fact tells of."""
    due = earliest(fact.required_by, fact.first_promised)
    return ChangedPromise(
        fact.orderid,
        fact.sku,
        fact.line,
        fact.qty,
        fact.from_batchref,
        fact.from_day,
        fact.to_batchref,
        fact.to_day,
        fact.required_by,
        late=comes_late(fact.to_day, due),
    )
