"""What the boxes of a causal tree say: what happened, to whom, and how long after its cause."""

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from allocation.entrypoints.board.causal_tree import Box
from allocation.entrypoints.board.formats import counted, duration, moment
from allocation.entrypoints.board.message_texts import sentence, state_of, subject_of, title_of
from allocation.views import MessageView

LONGEST: Final = 26
"""The number of characters for which a box has room, even if they are capitals."""


@dataclass(frozen=True, slots=True)
class BoxTexts:
    """The texts of a box.

    Attributes:
        title: what happened.
        subject: whom or what it is about.
        sentence: both.
        detail: what became of it, unless it is done, and when.
        is_bad: whether somebody must act.
    """

    title: str
    subject: str
    sentence: str
    detail: str
    is_bad: bool

    @property
    def line(self) -> str:
        """As much of the subject as the box has room for."""
        if len(self.subject) <= LONGEST:
            return self.subject
        return f"{self.subject[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def texts_of(box: Box, zone: tzinfo, today: date) -> BoxTexts:
    """The texts of a box; times are in a timezone."""
    message = box.message
    parts = [_trouble(message), *_timing(box, zone, today)]
    return BoxTexts(
        title_of(message.type),
        subject_of(message.type, message.body),
        sentence(message.type, message.body),
        " \N{MIDDLE DOT} ".join(part for part in parts if part),
        state_of(message).kind == "bad",
    )


def _trouble(message: MessageView) -> str:
    """What became of a message; nothing if it is done."""
    failed = f"failed {counted(message.attempts, 'time')}"
    if message.status == "dead":
        return failed
    if message.status in ("pending", "outgoing") and message.attempts:
        return f"{failed}, to be tried again"
    return "" if message.status == "handled" else state_of(message).text


def _timing(box: Box, zone: tzinfo, today: date) -> list[str]:
    """How long after its cause a message came; its sender and time if it has no cause here."""
    at = moment(box.message.at, zone, today)
    if box.cause is None:
        sender = box.message.sender
        return [at] if sender is None else [f"by {sender}", at]
    if box.is_indirect:
        return [at]
    return [f"+{duration((box.message.at - box.cause.at).total_seconds())}"]
