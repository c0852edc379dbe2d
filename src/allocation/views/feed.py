"""The feed: every message of the log once, as it was accepted, in the order of its number."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    JSON,
    Select,
    TableValuedAlias,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from allocation.adapters.sql.engine.compiled_query import compiled
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.horizon import Horizon
from allocation.adapters.sql.schema import batches, log_state, messages

PORTION: Final = 1_000
"""The maximum number of messages that are read at once."""


class FeedMessage(NamedTuple):
    """A message as it was accepted; what has become of it since is a message of its own.

    Attributes:
        seq: the number of the message, which is its place in the feed.
        body: the message as JSON.
        at: when the message was accepted, in UTC (RFC 3339).
        refusal: if the message was refused at once, the name and the facts of the refusal as JSON.
        sender: who sent it, if it came from outside.
        sku: the product that the message is about; that of its batch if it names none itself.
        subject: the sku or the reference of the batch in the message, if it has either.
    """

    seq: int
    id: str
    type: str
    body: str
    correlation_id: str
    causation_id: str | None
    at: str
    refusal: str | None
    sender: str | None
    sku: str | None
    subject: str | None


class LogIdentity(NamedTuple):
    """Which log this is, and the number of the last message that pruning has removed from it."""

    identity: str
    pruned_through: int


class FeedPortion(NamedTuple):
    """Consecutive messages of the feed.

    Attributes:
        messages: all messages with numbers up to `through`, or as many as were asked for.
        through: the place in the feed after them. It is the number of a message, as every place
            is: after a crash, PostgreSQL may give the numbers after the last message again.
        log: the log that they were read from.
    """

    messages: Sequence[FeedMessage]
    through: int
    log: LogIdentity


class FeedProgress(NamedTuple):
    """How far the log can be read.

    Attributes:
        last: the last number that was given to a message.
        settled: the number up to which all messages can be read and none is still to come; None
            while that is not certain.
        lag: seconds for which the next numbers have waited to be settled.
    """

    last: int
    settled: int | None
    lag: float


class _Named(msgspec.Struct):
    """What a message is about, as far as its body names it."""

    sku: str | None = None
    ref: str | None = None


_named: Final = msgspec.json.Decoder(_Named).decode
_NOTHING: Final = _Named()

_PORTION: Final = (
    select(
        messages.c.seq,
        messages.c.id,
        messages.c.type,
        messages.c.body,
        messages.c.correlation_id,
        messages.c.causation_id,
        # As the driver returns it: to make a time of SQLite's text takes longer than to read it.
        type_coerce(messages.c.at, NullType).label("at"),
        messages.c.refusal,
        messages.c.sender,
    )
    .where(messages.c.seq > bindparam("after"), messages.c.seq <= bindparam("through"))
    .order_by(messages.c.seq)
    .limit(bindparam("most"))
)
_END: Final = select(func.coalesce(func.max(messages.c.seq), 0)).where(
    messages.c.seq <= bindparam("through")
)
_LOG: Final = select(log_state.c.identity, log_state.c.pruned_through)


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_AS_TEXT: Final[Mapping[str, Callable[[Any], str]]] = {
    "sqlite": lambda at: f"{at[:10]}T{at[11:]}Z",
    "postgresql": _text_of,
}


def _skus_of(references: TableValuedAlias) -> Select[Any]:
    # A scalar subquery, which uses the index for each reference. In a join, PostgreSQL would read
    # all batches, if its statistics are from a time when there were few.
    sku = select(batches.c.sku).where(batches.c.reference == references.c.value)
    return select(references.c.value, sku.scalar_subquery()).select_from(references)


_SKUS: Final = {
    "sqlite": _skus_of(func.json_each(bindparam("refs")).table_valued("value", name="named")),
    "postgresql": _skus_of(
        func.json_array_elements_text(cast(bindparam("refs"), JSON))
        .table_valued("value", name="named")
        .render_derived(name="named")
    ),
}


class FeedViews:
    """The queries of the feed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._horizon = Horizon()

    def tail(self, after: int | None, most: int = PORTION) -> tuple[FeedProgress, FeedPortion]:
        """The next messages after a place that are settled; for None, the place at their end.

        Only one caller at a time may follow the tail of the log.
        """
        with self._database.reading_latest() as driver:
            progress = self._advance(driver)
            through = progress.settled or 0
            if after is None:
                [(after,)] = driver.fetch_all(compiled(_END, driver.name), {"through": through})
            columns = _columns(driver, after, through, most)
            end = columns[-1][0] if columns else after
            return progress, FeedPortion(_messages(driver, columns), end, _log(driver))

    def portion(self, after: int, through: int, most: int = PORTION) -> FeedPortion:
        """At most so many messages between two places in the settled part of the log.

        The messages are read first, and `pruned_through` after them: if it is greater than
        `after`, some of them may be missing.
        """
        with self._database.reading_latest() as driver:
            columns = _columns(driver, after, through, most)
            end = columns[-1][0] if len(columns) == most else through
            return FeedPortion(_messages(driver, columns), end, _log(driver))

    def _advance(self, driver: TransactionConnection) -> FeedProgress:
        horizon = self._horizon
        horizon.advance(driver)
        return FeedProgress(horizon.last, horizon.settled, horizon.lag)


def _columns(
    driver: TransactionConnection, after: int, through: int, most: int
) -> list[tuple[Any, ...]]:
    if through <= after:
        return []
    parameters = {"after": after, "through": through, "most": most}
    return driver.fetch_all(compiled(_PORTION, driver.name), parameters)


def _log(driver: TransactionConnection) -> LogIdentity:
    [columns] = driver.fetch_all(compiled(_LOG, driver.name), {})
    return LogIdentity(*columns)


def _messages(
    driver: TransactionConnection, columns: Sequence[tuple[Any, ...]]
) -> list[FeedMessage]:
    named = [_named_in(body) for _, _, _, body, *_ in columns]
    skus = _skus(driver, {each.ref for each in named if each.ref and each.sku is None})
    as_text = _AS_TEXT[driver.name]
    return [
        FeedMessage(
            *(seq, id, kind, body, correlation_id, causation_id, as_text(at), refusal, sender),
            name.sku or skus.get(name.ref or ""),
            name.sku or name.ref,
        )
        for (seq, id, kind, body, correlation_id, causation_id, at, refusal, sender), name in zip(
            columns, named, strict=True
        )
    ]


def _named_in(body: str) -> _Named:
    try:
        return _named(body)
    except msgspec.DecodeError:  # another version's message, in which these are no names
        return _NOTHING


def _skus(driver: TransactionConnection, references: set[str | None]) -> Mapping[str, str | None]:
    if not references:
        return {}
    parameters = {"refs": msgspec.json.encode(sorted(filter(None, references))).decode()}
    return dict(driver.fetch_all(compiled(_SKUS[driver.name], driver.name), parameters))
