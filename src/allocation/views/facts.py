"""The facts `Allocated` and `Deallocated` of one chain in the log.

A query reads the facts of the chain at most once, by the index of the chains.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Select,
    String,
    bindparam,
    case,
    cast,
    collate,
    func,
    select,
    true,
)

from allocation.adapters.sql.message_log.schema import messages
from allocation.domain.moves import UnitFact


class FactNames(NamedTuple):
    """The names of the facts `Allocated`, `Deallocated` and `PromiseChanged` in the log."""

    allocated: str
    deallocated: str
    promise_changed: str = "PromiseChanged"


Attribute = Callable[[str], ColumnElement[str]]
"""Makes the expression for an attribute in the body of a fact."""

_ALLOCATION: Final = messages.c.type == bindparam("allocated", type_=String)
_DEALLOCATION: Final = messages.c.type == bindparam("deallocated", type_=String)
_OF_CHAIN: Final = (
    messages.c.correlation_id == bindparam("chain"),
    messages.c.causation_id.is_not(None),
)
_FACT: Final = select(messages.c.seq, messages.c.type, messages.c.body).where(*_OF_CHAIN)

# Not grouped by type: SQLite would sort all facts in memory.
_COUNTS: Final = select(func.count().filter(_DEALLOCATION), func.count().filter(_ALLOCATION)).where(
    *_OF_CHAIN
)


class _Statements(NamedTuple):
    """The statements that differ between databases."""

    allocations: Select[Any]
    deallocations: Select[Any]
    released: Select[Any]
    waiting: Select[Any]
    parts: int
    """The most parts in which the last one is run, each for some of the orders."""


def _statements(
    attribute: Attribute, order: ColumnElement[int], is_of_part: ColumnElement[bool], parts: int
) -> _Statements:
    return _Statements(
        _allocations(order),
        _deallocations(attribute),
        _released(order),
        _waiting(attribute, is_of_part),
        parts,
    )


def _allocations(order: ColumnElement[int]) -> Select[Any]:
    after = messages.c.seq > bindparam("after")
    return _FACT.where(_ALLOCATION, after).order_by(order).limit(bindparam("rows"))


def _deallocations(attribute: Attribute) -> Select[Any]:
    orderids = bindparam("orderids", type_=String, expanding=True)
    return _FACT.where(
        _DEALLOCATION,
        messages.c.seq < bindparam("before"),
        attribute("orderid").in_(orderids),
    )


def _released(order: ColumnElement[int]) -> Select[Any]:
    before = messages.c.seq < bindparam("before")
    return _FACT.where(_DEALLOCATION, before).order_by(order.desc()).limit(bindparam("rows"))


def _waiting(attribute: Attribute, is_of_part: ColumnElement[bool]) -> Select[Any]:
    """The facts are grouped by line: without hash joins, a join would compare each with each."""
    deallocated = func.max(case((_DEALLOCATION, messages.c.seq)))
    allocated = func.max(case((_ALLOCATION, messages.c.seq), else_=0))
    page = (
        select(deallocated.label("seq"))
        .where(*_OF_CHAIN, _ALLOCATION | _DEALLOCATION, is_of_part)
        .group_by(attribute("orderid"), attribute("sku"), attribute("line"))
        .having(deallocated > allocated, deallocated < bindparam("before"))
        .order_by(deallocated.desc())
        .limit(bindparam("rows"))
        .subquery("waiting")
    )
    facts = select(messages.c.seq, messages.c.type, messages.c.body)
    return facts.join(page, page.c.seq == messages.c.seq).order_by(page.c.seq.desc())


def _json(name: str) -> ColumnElement[str]:
    return func.json_extract(messages.c.body, f"$.{name}")


PAIRED: Final = 50_000
"""The number of facts that are paired at once."""

_SQLITE: Final = _statements(
    _json,
    messages.c.seq,
    # SQLite sorts in memory, so it pairs many facts in parts: 4 MB instead of 32 MB for 200,000
    # lines.
    func.unicode(func.substr(_json("orderid"), -1)) % bindparam("parts", type_=Integer)
    == bindparam("part", type_=Integer),
    parts=8,
)
_POSTGRESQL: Final = _statements(
    # Compared byte by byte, which is much faster to sort.
    lambda name: collate(cast(messages.c.body, JSON)[name].as_string(), "C"),
    # An expression, lest PostgreSQL search the whole log in order for the facts of the chain.
    messages.c.seq + 0,
    true(),
    parts=1,
)


@dataclass(frozen=True)
class ChainFacts:
    """The facts of the chain that one message began, as one read transaction sees them."""

    connection: Connection
    names: FactNames
    chain: str

    @cached_property
    def counts(self) -> tuple[int, int]:
        """The number of deallocations, and of allocations."""
        ((deallocated, allocated),) = self._execute(_COUNTS)
        return deallocated, allocated

    def allocations(self, after: int, limit: int) -> list[UnitFact]:
        """The first allocations after a log number, in log order."""
        return self._read(self._statements.allocations, after=after, rows=limit)

    def deallocations(self, orderids: Sequence[str], before: int) -> list[UnitFact]:
        """The deallocations of the lines of these orders before a log number, in any order."""
        return self._read(self._statements.deallocations, orderids=orderids, before=before)

    def all(self) -> list[UnitFact]:
        """All facts, in log order; for a chain that has few."""
        rows = sum(self.counts)
        allocations = self.allocations(0, rows)
        losses = self._read(self._statements.released, before=2**62, rows=rows)
        return sorted([*allocations, *losses], key=attrgetter("number"))

    def waiting(self, before: int, limit: int) -> list[UnitFact]:
        """The last deallocations before a log number after which the line was left waiting.

        The latest comes first.
        """
        statements = self._statements
        deallocated, allocated = self.counts
        if not deallocated:
            return []
        if not allocated:
            return self._read(statements.released, before=before, rows=limit)
        parts = min(statements.parts, 1 + (deallocated + allocated) // PAIRED)
        page = {"before": before, "rows": limit, "parts": parts}
        last = [
            fact
            for part in range(parts)
            for fact in self._read(statements.waiting, **page, part=part)
        ]
        return sorted(last, key=attrgetter("number"), reverse=True)[:limit]

    @property
    def _statements(self) -> _Statements:
        return _SQLITE if self.connection.dialect.name == "sqlite" else _POSTGRESQL

    def _read(self, statement: Select[Any], **parameters: Any) -> list[UnitFact]:
        rows = self._execute(statement, **parameters)
        return [self._fact(row.seq, row.type, json.loads(row.body)) for row in rows]

    def _fact(self, seq: int, type: str, body: dict[str, Any]) -> UnitFact:
        line = body["orderid"], body["sku"], body.get("line")
        eta = date.fromisoformat(body["eta"]) if body.get("eta") else None
        is_loss = type == self.names.deallocated
        is_new = not is_loss and not body.get("backordered")
        grown_from = body.get("before", 0) if is_new else None
        return UnitFact(seq, is_loss, *line, body["qty"], body["batchref"], eta, grown_from)

    def _execute(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        of_chain = {"chain": self.chain, **self.names._asdict()}
        return self.connection.execute(statement, of_chain | parameters).all()
