"""Replies to changes of the stock and of order lines: the new state, and the lines that moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from allocation.domain import events
from allocation.domain.moves import Move, MoveSummary
from allocation.domain.promises import ChangedPromise
from allocation.messaging.registry import Outcome, Reply
from allocation.service_layer.replies import link_to_moves, link_to_promises


@dataclass(frozen=True, slots=True)
class LineState:
    """How many units of an order line are open, have been shipped, and have been cancelled.

    `line` names the line, if its order has several for the sku.
    """

    sku: str
    line: str
    open: int
    shipped: int
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """The order line after the change, and the first hundred lines that moved because of it.

    `next` links to the next page of the moves.
    """

    orderid: str
    sku: str
    line: str
    open: int
    shipped: int
    cancelled: int
    moved: list[Move]
    next: str | None


@dataclass(frozen=True, slots=True)
class ChangedOrder:
    """The lines of the order after the change, and the first hundred lines that moved.

    `next` links to the next page of the moves.
    """

    orderid: str
    lines: list[LineState]
    moved: list[Move]
    next: str | None


@dataclass(frozen=True, slots=True)
class ChangedSupply:
    """The batch, and the first hundred lines that moved; `next` links to the next page."""

    batchref: str
    moved: list[Move]
    next: str | None


@dataclass(frozen=True, slots=True)
class ChangedEta:
    """The batch's new date, the first hundred lines that moved, and those with another date.

    The batch is `overdue` if its date has passed, so that nobody knows when its units can leave.
    `next` links to the next page of the moves, `next_promises` to that of the dates.
    """

    batchref: str
    eta: date | None
    overdue: bool
    moved: list[Move]
    promises: list[ChangedPromise]
    next: str | None
    next_promises: str | None


@dataclass(frozen=True, slots=True)
class ReceivedPart:
    """The batch of the units that have arrived, and the first hundred lines that moved.

    The receipt is `repeated` if it was recorded before. `unexpected` is the number of units that
    have arrived beyond those that were expected; the shipment holds none then.
    """

    batchref: str
    new_batchref: str
    repeated: bool
    unexpected: int
    moved: list[Move]
    next: str | None


Result = dict[str, Any] | None
"""The result of a handler; None for a message that an older version has handled."""


def changed_line(event: Any, result: dict[str, Any], moves: MoveSummary) -> Reply:
    """Present the result of a change of one line."""
    state = LineState(**result)
    units = state.open, state.shipped, state.cancelled
    body = ChangedLine(event.orderid, state.sku, state.line, *units, *_moves(moves))
    return Reply(Outcome.DONE, body)


def changed_order(event: Any, result: Sequence[dict[str, Any]], moves: MoveSummary) -> Reply:
    """Present the result of a change of all lines of an order."""
    lines = [LineState(**line) for line in result]
    return Reply(Outcome.DONE, ChangedOrder(event.orderid, lines, *_moves(moves)))


def changed_supply(event: Any, _result: object, moves: MoveSummary) -> Reply:
    """Present the result of a change of a batch."""
    return Reply(Outcome.DONE, ChangedSupply(event.ref, *_moves(moves)))


def changed_eta(event: events.BatchEtaChanged, result: Result, moves: MoveSummary) -> Reply:
    """Present the result of `change_batch_eta`."""
    moved, link = _moves(moves)
    page = moves.read_promises()
    next_promises = link_to_promises(moves.id, page)
    state = event.ref, event.eta, bool(result and result["overdue"])
    body = ChangedEta(*state, moved, page.promises, link, next_promises)
    return Reply(Outcome.DONE, body)


def received_part(
    event: events.BatchPartiallyReceived, result: Result, moves: MoveSummary
) -> Reply:
    """Present the result of `receive_batch_part`."""
    receipt = result or {"repeated": False, "unexpected": 0}
    state = receipt["repeated"], receipt["unexpected"]
    return Reply(Outcome.DONE, ReceivedPart(event.ref, event.new_ref, *state, *_moves(moves)))


def _moves(moves: MoveSummary) -> tuple[list[Move], str | None]:
    return moves.page.moves, link_to_moves(moves.id, moves.page)
