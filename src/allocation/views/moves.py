"""Queries of the order lines that a message and its follow-ups moved, from facts in the log."""

from collections.abc import Collection, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Select,
    String,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.domain.moves import (
    Move,
    MoveCounts,
    MovePage,
    MoveSummary,
    UnitFact,
    move_of,
    moves_of,
    without_returns,
)
from allocation.views.facts import ChainFacts, FactNames
from allocation.views.listed import LISTED
from allocation.views.promises import PromiseViews

_BEYOND_ALL: Final = 2**62

PAIRED: Final = 2_000
"""The number of facts of a chain that are read and paired at once."""


AT_ONCE: Final = 1_000
"""The number of messages that are looked up at once."""

_FACT_TYPES: Final = tuple(bindparam(name, type_=String) for name in FactNames._fields)


def _moving(chain: ColumnElement[str]) -> Select[Any]:
    """The statement looks for one fact of each chain, however many it has."""
    of_chain = messages.c.correlation_id == chain, messages.c.causation_id.is_not(None)
    # An expression, lest PostgreSQL read the whole index of facts about order lines.
    is_fact = or_(*((messages.c.type + "") == name for name in _FACT_TYPES))
    return select(chain).where(exists().where(*of_chain, is_fact))


_ON_SQLITE: Final = _moving(
    func.json_each(bindparam("chains", type_=JSON)).table_valued("value").c.value
)
_ON_POSTGRESQL: Final = _moving(
    func.json_array_elements_text(bindparam("chains", type_=JSON)).column_valued("chain")
)


class MoveViews:
    """Queries of the lines that a message has moved."""

    def __init__(self, database: Database, facts: FactNames) -> None:
        self._database = database
        self._facts = facts
        self._promises = PromiseViews(database, facts.promise_changed)

    def page(self, chain: str, cursor: int = 0, limit: int = LISTED) -> MovePage:
        """A page of the moves by the message with this id and by its follow-ups.

        If the chain has many facts, the cursor is the log number of the last fact on the previous
        page; for lines left without stock, which are listed in descending order, it is negated.
        Otherwise it is the number of moves before the page.
        """
        with self._database.reading() as connection:
            return _page(self._of(chain, connection), cursor, limit)

    def counts(self, chain: str) -> MoveCounts:
        """Count the moves by the message with this id and by its follow-ups."""
        with self._database.reading() as connection:
            return MoveCounts(*self._of(chain, connection).counts)

    def summary(self, chain: str) -> MoveSummary:
        """The first page of the moves, and their counts."""
        with self._database.reading() as connection:
            facts = self._of(chain, connection)
            page, counts = _page(facts, 0, LISTED), MoveCounts(*facts.counts)
        return MoveSummary(chain, page, counts, partial(self._promises.page, chain))

    def moving(self, chains: Collection[str]) -> list[str]:
        """Those of these messages by which order lines have moved or are promised otherwise."""
        parameters = self._facts._asdict()
        moving = set[str]()
        asked = list(chains)
        with self._database.reading() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            statement = _ON_SQLITE if is_sqlite else _ON_POSTGRESQL
            for start in range(0, len(asked), AT_ONCE):
                page = {"chains": asked[start : start + AT_ONCE], **parameters}
                moving.update(connection.execute(statement, page).scalars())
        return [chain for chain in asked if chain in moving]

    def _of(self, chain: str, connection: Connection) -> ChainFacts:
        return ChainFacts(connection, self._facts, chain)


def _page(facts: ChainFacts, cursor: int, limit: int) -> MovePage:
    if sum(facts.counts) <= PAIRED:
        moves = moves_of(facts.all())
        end = max(cursor, 0) + limit
        return MovePage(moves[max(cursor, 0) : end], end if end < len(moves) else None)
    return _page_of_many(facts, cursor, limit)


def _page_of_many(facts: ChainFacts, cursor: int, limit: int) -> MovePage:
    """A page of a chain with too many facts to read them all.

    An allocation is paired with the last deallocation of its line as a whole.
    """
    allocated = facts.allocations(cursor, limit) if cursor >= 0 else []
    moves = _moves(facts, allocated) if allocated else []
    remaining = limit - len(allocated)
    if not remaining:
        return MovePage(without_returns(moves), allocated[-1].number)
    lost = facts.waiting(-cursor if cursor < 0 else _BEYOND_ALL, remaining)
    moves += [move_of(fact, fact.qty, fact, None) for fact in lost]
    return MovePage(without_returns(moves), -lost[-1].number if len(lost) == remaining else None)


def _moves(facts: ChainFacts, allocated: Sequence[UnitFact]) -> list[Move]:
    """Pair each allocation with the last deallocation of its line before it."""
    orderids = {fact.orderid for fact in allocated}
    deallocated = facts.deallocations(list(orderids), before=allocated[-1].number)
    sources: dict[tuple[str, str, str | None], UnitFact] = {}
    moves = []
    for fact in sorted([*deallocated, *allocated], key=attrgetter("number")):
        line = fact.orderid, fact.sku, fact.line
        if fact.is_loss:
            sources[line] = fact
        else:
            moves.append(move_of(fact, fact.qty, sources.pop(line, None), fact))
    return moves
