"""The events of the feed in the shape of CloudEvents 1.0, encoded once for all followers."""

from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import msgspec

from allocation import errors
from allocation.views import FeedMessage

JSON: Final = "application/json"


class CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A message as it was accepted, in the shape of CloudEvents 1.0.

    `id` is the id of the message, `type` its type, `time` the time at which it was accepted, and
    `data` the message itself, whose schema is in `/asyncapi.json`. `source` names the log. `cursor`
    is the place of the event in the feed. `subject` is the sku, or the reference of the batch, that
    the message names. `correlationid` is the id of the incoming message that has led to it, and
    `causationid` the id of its immediate cause. `sender` says who sent an incoming message. If the
    message was refused at once, `refusal` is the code of the error and `refusalmessage` its text.
    """

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: str
    datacontenttype: Literal["application/json"]
    cursor: str
    correlationid: str
    data: Any
    subject: str | None = None
    causationid: str | None = None
    sender: str | None = None
    refusal: str | None = None
    refusalmessage: str | None = None


class FeedEvent(NamedTuple):
    """An encoded event, and what filters ask of it."""

    seq: int
    type: str
    sku: str | None
    cursor: bytes
    json: bytes

    @property
    def frame(self) -> bytes:
        """The event as a server-sent event."""
        return b"id: %b\ndata: %b\n\n" % (self.cursor, self.json)


class _Refusal(msgspec.Struct):
    error: str
    facts: dict[str, Any]


_UNKNOWN: Final = "unknown"
"""The code and the text of a refusal that cannot be read."""

_encode: Final = msgspec.json.Encoder().encode
_refusal: Final = msgspec.json.Decoder(_Refusal).decode


def encoded(message: FeedMessage, identity: str) -> FeedEvent:
    """Encode a message of the log with this identity; its body is copied as it is stored."""
    cursor = f"{identity}-{message.seq}"
    refusal = (None, None) if message.refusal is None else _described(message.refusal)
    event = CloudEvent(
        "1.0",
        message.id,
        _source(identity),
        message.type,
        message.at,
        JSON,
        cursor,
        message.correlation_id,
        msgspec.Raw(message.body.encode()),
        message.subject,
        message.causation_id,
        message.sender,
        *refusal,
    )
    json = _encode(event)
    if b"\n" in json or b"\r" in json:  # between values: it would end a line of the stream
        json = json.replace(b"\r", b" ").replace(b"\n", b" ")
    return FeedEvent(message.seq, message.type, message.sku, cursor.encode(), json)


@lru_cache(maxsize=4)
def _source(identity: str) -> str:
    return f"/allocation/{identity}"


def _described(refusal: str) -> tuple[str, str]:
    """The code and the text of a recorded refusal."""
    try:
        stored = _refusal(refusal)
    except msgspec.DecodeError:  # recorded by another version
        return _UNKNOWN, _UNKNOWN
    try:
        error: Exception = getattr(errors, stored.error)(**stored.facts)
        return getattr(error, "code", stored.error), str(error)
    except Exception:  # recorded by another version, which knows other errors or facts
        return stored.error, stored.error
