"""The registry entry of a message type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import UnionType
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from allocation.messaging.bus import Handler
from allocation.messaging.errors import RegistryError

M = TypeVar("M")

ReplyBody = type[Any] | UnionType
"""The type of a reply's body, or a union of several types."""


def body_types(body: ReplyBody | None) -> tuple[type[Any], ...]:
    """The types that the body of a reply may have; none if no body is declared."""
    if isinstance(body, UnionType):
        return get_args(body)
    return () if body is None else (body,)


Kinds = tuple[type[Any], ...]
"""Types of messages."""

Key = tuple[str, str]
"""An ordering key: kind and name, such as `("sku", "LAMP")`."""


class Outcome(Enum):
    """The outcome of an incoming message that was not refused."""

    CREATED = "created"
    ACCEPTED = "accepted"
    """Recorded but not done yet, such as an order line that waits for stock."""
    DONE = "done"


class Reply(NamedTuple):
    """The presentation of a result: an outcome, and a body of the type declared for it."""

    outcome: Outcome
    body: object


@dataclass(frozen=True, kw_only=True)
class Incoming(Generic[M]):
    """The public side of a message type: how clients send it, and how they are answered.

    Attributes:
        verb: the path of the HTTP route, and the operation id.
        summary: the title of the operation in the API document.
        example: a message of this type, for the API document.
        description: the description of the operation in the API document.
        tag: the group of operations in the API document.
        replies: the type of the body for each outcome; the first outcome is the usual one.
        reply: a function `(event, result, facts)` that makes the reply; `result` is the return
            value of the first handler.
        reads_facts: whether `reply` is passed the recorded facts of the chain; otherwise `facts`
            is None.
        refusals: the exceptions with which the handlers refuse a message.
        scope: names the permission that a sender needs; what it means is up to the entry points.
    """

    verb: str
    summary: str
    example: M
    description: str = ""
    tag: str = ""
    replies: Mapping[Outcome, ReplyBody] = field(default_factory=dict)
    reply: Callable[[M, Any, Any], Reply] | None = None
    reads_facts: bool = False
    refusals: tuple[type[Exception], ...] = ()
    scope: str = ""

    def present(self, event: M, result: object, facts: object) -> Reply:
        """Make the reply to an event.

        Raises:
            RegistryError: the entry does not declare such a reply.
        """
        if self.reply is None:
            raise RegistryError(f"{self.verb} has no presentation of its result")
        reply = self.reply(event, result, facts)
        if type(reply.body) not in body_types(self.replies.get(reply.outcome)):
            raise RegistryError(f"{self.verb} does not declare {reply} among its replies")
        return reply


@dataclass(frozen=True)
class MessageType(Generic[M]):
    """The entry of one message type: exactly one of handlers, destinations and `recorded`.

    Attributes:
        type: the class of the messages.
        name: the name on the wire and in the log, which never changes.
        keys: returns the ordering keys of a message: messages that share a key take effect in
            log order.
        handlers: functions `(event, uow)` that change state, in the transaction of a group.
        destinations: the handler for each destination, by the destination's name. Handlers are
            called after the commit, since an effect such as an e-mail cannot be rolled back.
        recorded: whether the message is a fact that needs no action.
        audience: the audience that is notified of such messages by a digest, if any.
        immediate: handlers `(event, uow)` that take the place of the digest on a bus without a
            log.
        needs: returns the state to read and lock before a message is handled, as a value of the
            store's own type.
        incoming: the public side, if clients may send such a message.
        continues: whether messages have the depth of their cause instead of one more.
        raises: the types of the follow-ups and facts that the handlers may raise. This is
            documentation only: nothing is checked when a message is handled.
    """

    type: type[M]
    name: str
    keys: Callable[[M], tuple[Key, ...]]
    handlers: tuple[Handler, ...] = ()
    destinations: Mapping[str, Handler] = field(default_factory=dict)
    recorded: bool = False
    audience: str | None = None
    immediate: tuple[Handler, ...] = ()
    needs: Callable[[M], Any] | None = None
    incoming: Incoming[M] | None = None
    continues: bool = False
    raises: Kinds = ()

    @property
    def as_incoming(self) -> Incoming[M]:
        """The public side of the type.

        Raises:
            RegistryError: clients may not send such a message.
        """
        if self.incoming is None:
            raise RegistryError(f"{self.name} may not come from outside")
        return self.incoming
