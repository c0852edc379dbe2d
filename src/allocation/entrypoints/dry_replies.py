"""Replies to messages in a dry run, whoever presents them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from allocation.bootstrap import Application, DryAnswer
from allocation.domain.events import Event
from allocation.views import Move


class DryReply(NamedTuple):
    """The reply to a message in a dry run.

    Attributes:
        body: the body, as over HTTP.
        moves: the order lines that would move.
        complete: whether these are all.
    """

    body: Any
    moves: Sequence[Move]
    complete: bool


def dry_reply(parts: Application, event: Event, answer: DryAnswer) -> DryReply:
    """Present what an event would come to.

    Raises:
        Exception: the refusal or the failure of the event, if there was one.
    """
    incoming = parts.registry.incoming[parts.registry.name(event)].as_incoming
    body = parts.present_dry_run(incoming, event, answer).body
    return DryReply(body, getattr(body, "moved", ()), getattr(body, "complete", True))
