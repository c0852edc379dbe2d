"""The entry of one type of message: its name, handlers, ordering keys, needs and presentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import UnionType
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from allocation.messaging.bus import Handler
from allocation.messaging.errors import RegistryError

M = TypeVar("M")

ReplyBody = type[Any] | UnionType
"""The type of a body, or a union of several."""


def body_types(body: ReplyBody | None) -> tuple[type[Any], ...]:
    """The types that the body of a reply may have; none if it is not declared."""
    if isinstance(body, UnionType):
        return get_args(body)
    return () if body is None else (body,)


Key = tuple[str, str]
"""An ordering key: a kind of thing and the name of one, such as `("sku", "LAMP")`."""


class Outcome(Enum):
    """How a message from outside ended, when it was not refused."""

    CREATED = "created"
    ACCEPTED = "accepted"
    """On record, and not done yet, such as an order line that waits for stock."""
    DONE = "done"


class Reply(NamedTuple):
    """The presentation of a result: an outcome, and a body of the type declared for it."""

    outcome: Outcome
    body: object


@dataclass(frozen=True, kw_only=True)
class Incoming(Generic[M]):
    """How a message is asked for from outside, and how its result is presented.

    `verb` is the path of its HTTP route and its operation id. `replies` has the type of the
    body for each outcome; the first is the usual one. `reply` makes the body of the event, what
    its first handler returned, and, with `reads_facts`, what the log tells of the chain.
    `refusals` are those that its handlers raise.
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

    def present(self, event: M, result: object, facts: object) -> Reply:
        """The presentation of the result of an event.

        Raises:
            RegistryError: it is none that the entry declares.
        """
        if self.reply is None:
            raise RegistryError(f"{self.verb} has no presentation of its result")
        reply = self.reply(event, result, facts)
        if type(reply.body) not in body_types(self.replies.get(reply.outcome)):
            raise RegistryError(f"{self.verb} does not declare {reply} among its replies")
        return reply


@dataclass(frozen=True)
class MessageType(Generic[M]):
    """The entry of one type of message.

    `name` stands on the wire and in the log, and is never changed. Messages that share one of
    their `keys` take effect in the order of the log. `handlers` change state, in the transaction
    of a group; the handlers of `destinations` have an effect that no transaction takes back, such
    as an e-mail, and are run after the commit; a `recorded` message is a fact that nobody acts on.
    A message that `continues` its cause is no deeper in the chain than that is.
    `needs` says what to read and lock before the handlers run; its type is the store's affair.
    """

    type: type[M]
    name: str
    keys: Callable[[M], tuple[Key, ...]]
    handlers: tuple[Handler, ...] = ()
    destinations: Mapping[str, Handler] = field(default_factory=dict)
    recorded: bool = False
    needs: Callable[[M], Any] | None = None
    incoming: Incoming[M] | None = None
    continues: bool = False

    @property
    def as_incoming(self) -> Incoming[M]:
        """How it is asked for, of a message that may come from outside.

        Raises:
            RegistryError: it may not.
        """
        if self.incoming is None:
            raise RegistryError(f"{self.name} may not come from outside")
        return self.incoming
