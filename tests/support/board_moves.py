"""Moves of order lines, as dry runs tell them."""

from datetime import date, timedelta
from typing import Final

from allocation.views import Move

TODAY: Final = date(2026, 12, 1)
SOON: Final = TODAY + timedelta(days=5)
LATER: Final = TODAY + timedelta(days=17)
PAST: Final = TODAY - timedelta(days=3)


def a_move(
    orderid: str, to: str | None, to_eta: date | None = None, *, of: str | None = "b1", qty: int = 1
) -> Move:
    return Move(orderid, "LAMP", qty, of, to, to_eta=to_eta)


def gained(orderid: str, qty: int, grown_from: int | None) -> Move:
    """Units that a batch in the warehouse gains from none."""
    return Move(orderid, "LAMP", qty, None, "b1", grown_from=grown_from)
