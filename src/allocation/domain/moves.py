"""Moves: what a message and its follow-ups did to order lines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """What a message did to an order line; None is the queue of the waiting lines."""

    orderid: str
    sku: str
    qty: int
    from_batchref: str | None
    to_batchref: str | None
