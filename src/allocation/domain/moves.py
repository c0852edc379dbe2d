"""Moves: the order lines that a message and its follow-ups moved."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from allocation.domain.promises import PromisePage


@dataclass(frozen=True, slots=True)
class Move:
    """The move of units of an order line from batch to batch; None stands for the waiting lines.

    `from_eta` and `to_eta` are the days on which the batches are due; None for a batch in the
    warehouse. `line` names one of several lines of the order for the sku. Units that are new did
    not wait: `grown_from` is the number of units that the line had on the batch before, 0 if none.
    """

    orderid: str
    sku: str
    qty: int
    from_batchref: str | None
    to_batchref: str | None
    line: str | None = None
    from_eta: date | None = None
    to_eta: date | None = None
    grown_from: int | None = None


class UnitFact(NamedTuple):
    """Units of a line that a batch has gained or, with `is_loss`, lost, numbered in log order."""

    number: int
    is_loss: bool
    orderid: str
    sku: str
    line: str | None
    qty: int
    batchref: str
    eta: date | None
    grown_from: int | None = None
    """For gained units that are new: how many the line had on the batch before."""


def moves_of(facts: Iterable[UnitFact]) -> list[Move]:
    """The moves that facts in log order tell of.

    Gained units are paired with those that the same line has lost before, the last ones first.
    Units that were left waiting follow, the last ones first. Units that have come back to their
    batch did not move.
    """
    moves: list[Move] = []
    lost: dict[tuple[str, str, str | None], list[UnitFact]] = {}
    for fact in facts:
        losses = lost.setdefault((fact.orderid, fact.sku, fact.line), [])
        if fact.is_loss:
            losses.append(fact)
        else:
            moves += _gained(fact, losses)
    waiting = sorted(chain.from_iterable(lost.values()), key=attrgetter("number"), reverse=True)
    moves += [move_of(fact, fact.qty, fact, None) for fact in waiting]
    return without_returns(moves)


def _gained(fact: UnitFact, losses: list[UnitFact]) -> Iterator[Move]:
    """The moves of gained units; the losses that they come from are taken off the list."""
    left = fact.qty
    while left and losses:
        loss = losses.pop()
        moving = min(left, loss.qty)
        if loss.qty > moving:
            losses.append(loss._replace(qty=loss.qty - moving))
        yield move_of(fact, moving, loss, fact)
        left -= moving
    if left:
        yield move_of(fact, left, None, fact)


def move_of(fact: UnitFact, qty: int, before: UnitFact | None, now: UnitFact | None) -> Move:
    """The move of units of a fact's line from the batch of one fact to that of another."""
    return Move(
        fact.orderid,
        fact.sku,
        qty,
        None if before is None else before.batchref,
        None if now is None else now.batchref,
        fact.line,
        None if before is None else before.eta,
        None if now is None else now.eta,
        now.grown_from if before is None and now is not None else None,
    )


def without_returns(moves: list[Move]) -> list[Move]:
    """Leave out the units that have come back to their batch."""
    return [move for move in moves if move.from_batchref != move.to_batchref]


@dataclass(frozen=True, slots=True)
class MovePage:
    """A page of moves: allocated lines in order of allocation, then lines without stock.

    `next_after` is the cursor of the next page, None on the last one.
    """

    moves: list[Move]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class MoveCounts:
    """The number of lines that were deallocated, and of lines that were allocated."""

    deallocated: int
    allocated: int


@dataclass(frozen=True, slots=True)
class MoveSummary:
    """The first page of the moves of a message, and the number of all moves."""

    id: str
    """The message's id."""
    page: MovePage
    counts: MoveCounts
    read_promises: Callable[[], PromisePage]
    """Reads the first page of the promises that have changed, which few replies tell."""
