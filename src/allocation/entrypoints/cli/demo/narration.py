"""The lines that the demo prints about what happens."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from allocation.bootstrap import Answer, Application
from allocation.demo.schedule import Scheduled
from allocation.domain.events import (
    BatchBlocked,
    BatchCancelled,
    BatchEtaChanged,
    BatchPartiallyReceived,
    BatchQuantityChanged,
    BatchUnblocked,
    Event,
    OrderCancelled,
)
from allocation.entrypoints.cli.console import counted, out, safe
from allocation.entrypoints.cli.moves import counted_moves

MIN_INTERVAL: Final = 0.4
"""Seconds between two lines; at a high speed, most events have no line."""


class Narration:
    """Prints a line about a notable event, and the order lines that have moved because of it."""

    def __init__(
        self,
        application: Application,
        opening: datetime,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Events before the `opening` have no line."""
        self._moves = application.views.moves
        self._opening = opening
        self._monotonic = monotonic
        self._last = monotonic() - MIN_INTERVAL

    def report(self, scheduled: Scheduled, event: Event, answer: Answer) -> None:
        """Print a line about an event, unless it is ordinary or the last line is too recent."""
        text, now = headline(event), self._monotonic()
        if text is None or answer.error is not None or scheduled.at < self._opening:
            return
        if now - self._last < MIN_INTERVAL:
            return
        self._last = now
        moved = counted_moves(self._moves.page(answer.id).moves, "moved")
        out.print(f"[dim]{scheduled.at:%Y-%m-%d}  {scheduled.sender:<9}[/]  {safe(text)}. {moved}")


def headline(event: Event) -> str | None:
    """What has happened, as a clause; None for ordinary events, such as orders."""
    text: str | None = None
    match event:
        case BatchQuantityChanged(ref=ref, qty=qty, reason=reason):
            text = f"{reason}: {ref} holds {qty} now"
        case BatchEtaChanged(ref=ref, eta=eta, reason=reason) if eta is not None:
            text = f"{reason}: {ref} is due on {eta} now"
        case BatchPartiallyReceived(ref=ref, new_ref=new_ref, qty=qty):
            text = f"{counted(qty, 'unit', 'units')} of {ref} arrived as {new_ref}"
        case BatchCancelled(ref=ref, reason=reason):
            text = f"{reason}: {ref} is cancelled"
        case BatchBlocked(ref=ref, reason=reason):
            text = f"{reason}: {ref} is blocked"
        case BatchUnblocked(ref=ref, reason=reason):
            text = f"{reason}: {ref} is not blocked any more"
        case OrderCancelled(orderid=orderid, reason=reason):
            text = f"{reason}: {orderid} is cancelled"
    return text
