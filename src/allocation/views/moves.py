"""Queries of the order lines that a message and its follow-ups moved, from facts in the log."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection

from allocation.adapters.sql.engine.database import Database
from allocation.domain.moves import (
    Move,
    MoveCounts,
    MovePage,
    MoveSummary,
    UnitFact,
    moves_of,
)
from allocation.views.facts import ChainFacts, Fact, FactNames
from allocation.views.listed import LISTED

_BEYOND_ALL: Final = 2**62

PAIRED: Final = 2_000
"""The number of facts of a chain that are read and paired at once."""


class MoveViews:
    """Queries of the lines that a message has moved."""

    def __init__(self, database: Database, facts: FactNames) -> None:
        self._database = database
        self._facts = facts

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
            return MoveSummary(chain, _page(facts, 0, LISTED), MoveCounts(*facts.counts))

    def _of(self, chain: str, connection: Connection) -> ChainFacts:
        return ChainFacts(connection, self._facts, chain)


def _page(facts: ChainFacts, cursor: int, limit: int) -> MovePage:
    if sum(facts.counts) <= PAIRED:
        moves = moves_of(map(_unit_fact, facts.all()))
        end = max(cursor, 0) + limit
        return MovePage(moves[max(cursor, 0) : end], end if end < len(moves) else None)
    return _page_of_many(facts, cursor, limit)


def _unit_fact(fact: Fact) -> UnitFact:
    return UnitFact(
        fact.seq,
        not fact.is_allocation,
        fact.orderid,
        fact.sku,
        fact.line,
        fact.qty,
        fact.batchref,
        fact.eta,
    )


def _page_of_many(facts: ChainFacts, cursor: int, limit: int) -> MovePage:
    """A page of a chain with too many facts to read them all.

    An allocation is paired with the last deallocation of its line as a whole.
    """
    allocated = facts.allocations(cursor, limit) if cursor >= 0 else []
    moves = _moves(facts, allocated) if allocated else []
    remaining = limit - len(allocated)
    if not remaining:
        return MovePage(_real(moves), allocated[-1].seq)
    lost = facts.waiting(-cursor if cursor < 0 else _BEYOND_ALL, remaining)
    moves += [_move(fact, fact, None) for fact in lost]
    return MovePage(_real(moves), -lost[-1].seq if len(lost) == remaining else None)


def _moves(facts: ChainFacts, allocated: Sequence[Fact]) -> list[Move]:
    """Pair each allocation with the last deallocation of its line before it."""
    orderids = {fact.orderid for fact in allocated}
    deallocated = facts.deallocations(list(orderids), before=allocated[-1].seq)
    sources: dict[tuple[str, str, str | None], Fact] = {}
    moves = []
    for fact in sorted([*deallocated, *allocated], key=attrgetter("seq")):
        line = fact.orderid, fact.sku, fact.line
        if fact.is_allocation:
            moves.append(_move(fact, sources.pop(line, None), fact))
        else:
            sources[line] = fact
    return moves


def _move(fact: Fact, before: Fact | None, now: Fact | None) -> Move:
    """The move of the units of a fact from the batch of one fact to that of another."""
    return Move(
        fact.orderid,
        fact.sku,
        fact.qty,
        None if before is None else before.batchref,
        None if now is None else now.batchref,
        fact.line,
        None if before is None else before.eta,
        None if now is None else now.eta,
    )


def _real(moves: list[Move]) -> list[Move]:
    """Leave out the lines that returned to the same batch."""
    return [move for move in moves if move.from_batchref != move.to_batchref]
