"""One look at the service: how busy it is, and what waits or has failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allocation.bootstrap import Queries
from allocation.views import LISTED, LISTS, PORTION, FeedMessage, UnfinishedView

WINDOW: Final = timedelta(minutes=1)
"""The time whose messages the rates are about."""

LATEST: Final = 20
"""The maximum number of messages that are shown."""

_BACKORDERS: Final = next(listing for listing in LISTS if listing.name == "backorders")


@dataclass(frozen=True, slots=True)
class BoundedCount:
    """A count that ends at a hundred, so that it costs little: `complete` if this is the number."""

    count: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages per second, in the last minute.

    Of a busy service, the rates are those of the last thousand messages.

    Attributes:
        all: all messages.
        incoming: those that clients have sent.
        refused: those of the incoming ones that were refused.
    """

    all: float
    incoming: float
    refused: float


@dataclass(frozen=True, slots=True)
class LatestMessage:
    """A message of the log.

    Attributes:
        seq: its number.
        at: when it was accepted, in UTC (RFC 3339).
        type: its type.
        subject: the sku or the reference of the batch in the message, if it has either.
        sender: who sent it, if it came from outside.
        refused: whether it was refused.
    """

    seq: int
    at: str
    type: str
    subject: str | None
    sender: str | None
    refused: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What `allocation top` shows.

    Attributes:
        at: the time, in UTC.
        database: its URL, without the password.
        last: the number of the last message.
        rates: how many messages there were.
        lag: for how many seconds the oldest unfinished message has been due; 0 if none is.
        unfinished: messages that are not handled or not delivered yet.
        outgoing: the number of deliveries, such as e-mails, that are not made yet.
        dead_letters: messages that were given up.
        waiting_lines: order lines that wait for stock.
        latest: the last messages, the newest first.
    """

    at: datetime
    database: str
    last: int
    rates: Rates
    lag: float
    unfinished: BoundedCount
    outgoing: int
    dead_letters: BoundedCount
    waiting_lines: BoundedCount
    latest: list[LatestMessage]


def frame_of(queries: Queries, now: datetime) -> Frame:
    """Read a frame: by indexes alone, so that the length of the log does not matter."""
    progress, _ = queries.views.feed.tail(None)
    messages = _last_messages(queries, progress.last)
    unfinished = queries.log_views.unfinished()
    waiting = queries.views.lists.page(_BACKORDERS, queries.today(), limit=LISTED)
    return Frame(
        now,
        queries.database,
        progress.last,
        rates(messages, now),
        lag(unfinished, now),
        _bounded(unfinished),
        queries.log_views.outgoing(),
        _bounded(queries.log_views.dead_letters()),
        BoundedCount(len(waiting.rows), waiting.next_after is None),
        [_latest(message) for message in messages[: -LATEST - 1 : -1]],
    )


def rates(messages: Sequence[FeedMessage], now: datetime) -> Rates:
    """The rates by the last messages, the oldest first."""
    recent = [each for each in messages if now - _time(each) < WINDOW]
    if not recent:
        return Rates(0, 0, 0)
    is_cut = len(recent) == PORTION  # there may be more within the minute
    seconds = (now - _time(recent[0]) if is_cut else WINDOW).total_seconds()
    incoming = [each for each in recent if each.causation_id is None]
    refused = sum(each.refusal is not None for each in incoming)
    per_second = 1 / max(seconds, 0.001)
    return Rates(len(recent) * per_second, len(incoming) * per_second, refused * per_second)


def lag(unfinished: Sequence[UnfinishedView], now: datetime) -> float:
    """For how many seconds the oldest of these messages has been due."""
    since = [each.due or each.at for each in unfinished]
    return max(((now - due).total_seconds() for due in since if due < now), default=0.0)


def _last_messages(queries: Queries, last: int) -> Sequence[FeedMessage]:
    return queries.views.feed.portion(max(last - PORTION, 0), last).messages


def _latest(message: FeedMessage) -> LatestMessage:
    is_refused = message.refusal is not None
    return LatestMessage(
        message.seq, message.at, message.type, message.subject, message.sender, is_refused
    )


def _bounded(listed: Sequence[object]) -> BoundedCount:
    return BoundedCount(len(listed), len(listed) < LISTED)


def _time(message: FeedMessage) -> datetime:
    return datetime.fromisoformat(message.at)
