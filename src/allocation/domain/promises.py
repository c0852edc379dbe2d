"""Promises: the order lines of which a message and its follow-ups changed the promised date."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from allocation.domain.parts import earliest


class PromiseFact(NamedTuple):
    """The attributes of a fact `PromiseChanged`."""

    orderid: str
    sku: str
    qty: int
    from_batchref: str | None
    from_day: date | None
    to_batchref: str
    to_day: date | None
    line: str | None
    required_by: date | None
    first_promised: date | None


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


def changed_promise(fact: PromiseFact) -> ChangedPromise:
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
        late=fact.to_day is None or (due is not None and due < fact.to_day),
    )
