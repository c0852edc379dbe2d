"""The facts of digests, with their causes and the present state of the products and batches."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, literal_column, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, order_lines
from allocation.domain.events import Event, OutOfStock, PromiseLost, SupplyOverdue
from allocation.domain.news import MOST_LISTED, MOST_READ, Cause, News, Overdue, Shortage

_NUMBER_OF = {
    name: select(messages.c.seq).where(messages.c.id == bindparam(name)).scalar_subquery()
    for name in ("first", "last")
}
# An expression, so that the range of numbers is read, which one group has written, and not the
# whole chain.
_CHAIN: Final = func.coalesce(messages.c.correlation_id, "")
_FACTS: Final = (
    select(messages.c.type, messages.c.body)
    .where(
        bindparam("chain") == _CHAIN,
        messages.c.seq >= _NUMBER_OF["first"],
        messages.c.seq <= _NUMBER_OF["last"],
        messages.c.type.in_(bindparam("types", expanding=True)),
    )
    .order_by(messages.c.seq)
    .limit(bindparam("rows"))
)
_CAUSES: Final = select(messages.c.id, messages.c.type, messages.c.body, messages.c.sender).where(
    messages.c.id.in_(bindparam("ids", expanding=True))
)
_SHORTAGES: Final = (
    select(order_lines.c.sku, func.count(), func.sum(order_lines.c.qty))
    .where(
        order_lines.c.sku.in_(bindparam("skus", expanding=True)),
        order_lines.c.state == literal_column("'waiting'"),  # as in the predicate of the index
    )
    .group_by(order_lines.c.sku)
)
_WAITING: Final = select(order_lines.c.orderid, order_lines.c.sku, order_lines.c.line).where(
    order_lines.c.orderid.in_(bindparam("orderids", expanding=True)),
    order_lines.c.state == "waiting",
)
_PROMISED: Final = (
    select(order_lines.c.batchref, func.count(), func.sum(order_lines.c.qty))
    .where(
        order_lines.c.batchref.in_(bindparam("refs", expanding=True)),
        order_lines.c.state == literal_column("'allocated'"),  # as in the predicate of the index
    )
    .group_by(order_lines.c.batchref)
)
_OVERDUE: Final = select(
    batches.c.reference, batches.c.sku, batches.c.purchased_quantity, batches.c.eta
).where(
    batches.c.reference.in_(bindparam("refs", expanding=True)),
    batches.c.purchased_quantity > 0,
    batches.c.eta.is_not(None),
)


Decode = Callable[[str, str], Any]
"""Decodes a message, given the name of its type and its body."""


class FactRange(NamedTuple):
    """Facts of one chain: the ids of the first and the last."""

    chain: str
    first: str
    last: str


class NewsViews:
    """Queries of what facts with the same cause have to tell."""

    def __init__(
        self,
        database: Database,
        types: Mapping[str, type[Event]],
        decode: Decode,
        decode_cause: Decode,
    ) -> None:
        """`types` are those of the facts, by their names in the log.

        A fact that cannot be decoded is an error; `decode_cause` returns None then.
        """
        self._database = database
        self._types = types
        self._decode = decode
        self._decode_cause = decode_cause

    def news(
        self, ranges: Sequence[FactRange], counts: Mapping[str, int], title: str | None
    ) -> News:
        """The facts of these ranges, and what is true of them now; of many, the first are listed.

        `counts` has the number of facts of each type. `title` is that of the submission, None for
        a message that was sent alone.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        chains = list(dict.fromkeys(facts.chain for facts in ranges))
        with self._database.reading() as connection:
            facts = self._facts(connection, ranges, counts)
            return News(
                facts,
                {self._types[name]: count for name, count in counts.items()},
                self._causes(connection, chains[:MOST_LISTED]),
                len(chains),
                title,
                _shortages(connection, facts),
                _overdue(connection, facts),
                _waiting(connection, facts),
            )

    def _facts(
        self, connection: Connection, ranges: Sequence[FactRange], types: Collection[str]
    ) -> list[Event]:
        facts = list[Event]()
        for each in ranges:
            if len(facts) < MOST_READ:
                limits = {"types": sorted(types), "rows": MOST_READ - len(facts)}
                rows = connection.execute(_FACTS, each._asdict() | limits)
                facts += [self._decode(row.type, row.body) for row in rows]
        return facts

    def _causes(self, connection: Connection, ids: Sequence[str]) -> list[Cause]:
        rows = connection.execute(_CAUSES, {"ids": ids})
        causes = {
            row.id: Cause(row.id, self._decode_cause(row.type, row.body), row.sender)
            for row in rows
        }
        return [causes.get(id) or Cause(id, None) for id in ids]


def _shortages(connection: Connection, facts: Iterable[Event]) -> dict[str, Shortage]:
    skus = {fact.sku for fact in facts if isinstance(fact, OutOfStock)}
    rows = connection.execute(_SHORTAGES, {"skus": sorted(skus)}) if skus else ()
    return {sku: Shortage(lines, units) for sku, lines, units in rows}


def _overdue(connection: Connection, facts: Iterable[Event]) -> dict[str, Overdue]:
    refs = sorted({fact.ref for fact in facts if isinstance(fact, SupplyOverdue)})
    if not refs:
        return {}
    promised = {ref: rest for ref, *rest in connection.execute(_PROMISED, {"refs": refs})}
    return {
        ref: Overdue(sku, units, eta, *promised.get(ref, (0, 0)))
        for ref, sku, units, eta in connection.execute(_OVERDUE, {"refs": refs})
    }


def _waiting(connection: Connection, facts: Iterable[Event]) -> set[tuple[str, str, str]]:
    orderids = {fact.orderid for fact in facts if isinstance(fact, PromiseLost)}
    rows = connection.execute(_WAITING, {"orderids": sorted(orderids)}) if orderids else ()
    return {(orderid, sku, line) for orderid, sku, line in rows}
