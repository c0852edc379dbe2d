"""Alerts: what needs attention, in a sentence, and the next action."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from allocation.entrypoints.board.addresses import FAILURES, batch_page, product_page
from allocation.entrypoints.board.formats import counted, day
from allocation.entrypoints.board.message_texts import title_of
from allocation.views import (
    COUNTED,
    LISTED,
    DeadLetterView,
    LateShipment,
    Need,
    Shortage,
    UnfinishedView,
)

VIEW: Final = "View"


class Alert(NamedTuple):
    """Something that needs attention.

    Attributes:
        kind: a word for it.
        tone: how bad it is.
        name: what it is about, which links to its `page`; empty if it is about several things.
        text: the rest of the sentence.
        detail: more about it.
        action: the next action, a link to its `target`.
        opens_dialog: whether the action is shown in a dialog.
    """

    kind: str
    tone: Literal["bad", "warn"]
    name: str
    page: str
    text: str
    detail: str
    action: str
    target: str
    opens_dialog: bool = False


@dataclass(frozen=True)
class AlertTexts:
    """Writes alerts for a caller who may change the stock, or may not, on a day."""

    today: date
    may_change: bool

    def overdue(self, shipments: Sequence[Any], needs: Mapping[str, Need]) -> Iterator[Alert]:
        """Alerts of shipments that should have arrived."""
        for shipment in shipments:
            units = counted(shipment.purchased_quantity, "unit")
            yield self._of_batch(
                "Overdue",
                shipment.batchref,
                f"should have arrived on {self._day(shipment.eta)}: {units} of {shipment.sku}",
                self._needed(needs.get(shipment.batchref, Need(0, 0, None))),
            )

    def late(self, shipments: Sequence[LateShipment]) -> Iterator[Alert]:
        """Alerts of shipments that come too late for order lines."""
        for shipment in shipments:
            lines = counted_up_to(shipment.lines, COUNTED, "line")
            needed = self._by(shipment.day, shipment.is_requested)
            days = counted((shipment.eta - shipment.day).days, "day")
            yield self._of_batch(
                "Late",
                shipment.batchref,
                f"arrives on {self._day(shipment.eta)}, too late for {lines}",
                f"{shipment.sku}, {needed}, {days} before it arrives",
            )

    def shortages(self, shortages: Sequence[Shortage]) -> Iterator[Alert]:
        """Alerts of products for which lines wait: they ran out, or have too little of a batch."""
        for shortage in shortages:
            page, first = product_page(shortage.sku), f"{shortage.oldest} is served first"
            wait = "waits" if shortage.lines == 1 else "wait"
            lines = f"{counted_up_to(shortage.lines, COUNTED, 'line')} {wait}"
            if shortage.has_free_units:
                kind = "Waiting"
                text = f"has units, but no batch has room for a whole line: {lines}"
                detail = f"{first}, once a batch has room for it"
            else:
                kind, text = "Ran out", f"has run out: {lines}"
                detail = f"{first}; no shipment has free units"
            yield Alert(kind, "warn", shortage.sku, page, text, detail, VIEW, page)

    def dead_letters(self, letters: Sequence[DeadLetterView]) -> Iterator[Alert]:
        """An alert of messages that failed for good."""
        if letters:
            count = counted_up_to(len(letters), LISTED, "message")
            text = f"{count} failed and {'is' if len(letters) == 1 else 'are'} not tried again"
            yield _of_failure("Dead", "bad", text, letters[0])

    def failing(self, unfinished: Sequence[UnfinishedView]) -> Iterator[Alert]:
        """An alert of messages that have failed and are tried again."""
        failing = [message for message in unfinished if message.attempts and message.error]
        if failing:
            count = counted_up_to(len(failing), LISTED, "message")
            text = f"{count} failed and will be tried again"
            yield _of_failure("Failing", "warn", text, failing[0])

    def _of_batch(self, kind: str, ref: str, text: str, detail: str) -> Alert:
        page = batch_page(ref)
        if not self.may_change:
            return Alert(kind, "bad", ref, page, text, detail, VIEW, page)
        target, action = f"{page}?back=/", "Give a new date…"
        return Alert(kind, "bad", ref, page, text, detail, action, target, opens_dialog=True)

    def _needed(self, need: Need) -> str:
        if not need.lines:
            return "No order line is promised from it"
        lines = counted_up_to(need.lines, COUNTED, "line")
        promised = f"{lines} {'is' if need.lines == 1 else 'are'} promised from it"
        if need.day is None:
            return promised
        return f"{promised}, the earliest of them {self._by(need.day, need.is_requested)}"

    def _by(self, deadline: date, is_requested: bool) -> str:
        reason = "needed by" if is_requested else "first promised for"
        return f"{reason} {self._day(deadline)}"

    def _day(self, value: date) -> str:
        return day(value, self.today)


def counted_up_to(count: int, limit: int, noun: str) -> str:
    """A count with its noun; the count ended at the limit."""
    text = counted(count, noun)
    return text if count < limit else f"{text} or more"


def _of_failure(
    kind: str,
    tone: Literal["bad", "warn"],
    text: str,
    example: DeadLetterView | UnfinishedView,
) -> Alert:
    error = (example.error or "").strip().splitlines()[:1]
    detail = ": ".join([title_of(example.type), *error])
    return Alert(kind, tone, "", "", text, detail, VIEW, FAILURES)
