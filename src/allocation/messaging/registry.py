"""The registry: one entry for each message type, from which everything else derives.

An entry contains the name of the type, its ordering keys, its handlers or destinations, and the
state to prefetch. For a type that clients may send, it also contains the verb and the replies.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from allocation.messaging.bus import Handler, Handlers
from allocation.messaging.errors import RegistryError
from allocation.messaging.message_type import (
    Incoming,
    Key,
    MessageType,
    Outcome,
    Reply,
    ReplyBody,
    body_types,
)

__all__ = [
    "Incoming",
    "Key",
    "MessageType",
    "Outcome",
    "Registry",
    "Reply",
    "ReplyBody",
    "body_types",
]


class Registry:
    """The message types of one application.

    Raises:
        RegistryError: an entry is incomplete, or contradicts itself or another one.
    """

    def __init__(self, *entries: MessageType[Any]) -> None:
        self.entries: Final = entries
        for entry in entries:
            _check(entry)
        _check_unique("type", [entry.type.__name__ for entry in entries])
        _check_unique("name", [entry.name for entry in entries])
        self.incoming: Final = {e.name: e for e in entries if e.incoming is not None}
        """The entries of the types that clients may send, by name."""
        _check_unique("verb", [e.as_incoming.verb for e in self.incoming.values()])
        self.transactional: Final[Handlers] = {e.type: e.handlers for e in entries if e.handlers}
        self.destinations: Final = _by_destination(entries)
        """The handlers of the messages of each destination, by the destination's name."""
        self.outbox: Final = frozenset(e.type for e in entries if e.destinations)
        self.recorded: Final = frozenset(e.type for e in entries if e.recorded)
        self.audiences: Final = {e.type: e.audience for e in entries if e.audience is not None}
        """The audiences that are notified of some types of messages."""
        self.continuations: Final = frozenset(e.type for e in entries if e.continues)
        """The types whose messages have the depth of their cause."""
        self.messages: Final = frozenset(e.type for e in entries)
        self._keys: Final = {e.type: e.keys for e in entries}
        self._needs: Final = {e.type: e.needs for e in entries if e.needs is not None}
        self._names: Final = {e.type: e.name for e in entries}

    @property
    def handlers(self) -> Handlers:
        """All handlers of each type, for a bus without a log, which calls all of them at once."""
        return {e.type: [*e.handlers, *e.immediate, *e.destinations.values()] for e in self.entries}

    def name(self, message: object) -> str:
        """The name of a message on the wire and in the log.

        Raises:
            RegistryError: the message's type has no entry.
        """
        try:
            return self._names[type(message)]
        except KeyError:
            return self.name_of(type(message))

    def name_of(self, kind: type) -> str:
        """The name of a message type on the wire and in the log.

        Raises:
            RegistryError: the type has no entry.
        """
        try:
            return self._names[kind]
        except KeyError:
            raise RegistryError(f"{kind.__name__} has no entry in the registry") from None

    def keys(self, message: object) -> tuple[Key, ...]:
        """The ordering keys of a message; a message of an unknown type has none."""
        keys = self._keys.get(type(message))
        return () if keys is None else keys(message)

    def needs(self, messages: Iterable[object]) -> list[Any]:
        """The state to read and lock before these messages are handled, as the store defines it."""
        needs = self._needs
        return [needs[type(each)](each) for each in messages if type(each) in needs]

    def check(self, messages: Collection[type]) -> None:
        """Check that each of these message types has an entry.

        Raises:
            RegistryError: a type has no entry.
        """
        for message in sorted(set(messages) - self.messages, key=lambda kind: kind.__name__):
            raise RegistryError(f"{message.__name__} has no entry in the registry")


def _by_destination(
    entries: Sequence[MessageType[Any]],
) -> Mapping[str, Mapping[type[Any], Handler]]:
    by_name: dict[str, dict[type[Any], Handler]] = {}
    for entry in entries:
        for name, handler in entry.destinations.items():
            by_name.setdefault(name, {})[entry.type] = handler
    return by_name


def _check(entry: MessageType[Any]) -> None:
    actions = [bool(entry.handlers), bool(entry.destinations), entry.recorded]
    if sum(actions) == 0:
        raise RegistryError(
            f"nothing handles {entry.name}: its entry has no handlers and no destinations, "
            "and is not recorded"
        )
    if entry.audience is not None and entry.destinations:
        raise RegistryError(f"{entry.name} is delivered itself, and cannot have an audience")
    if sum(actions) > 1:
        raise RegistryError(f"{entry.name} is more than one of handled, delivered and recorded")
    if entry.incoming is not None:
        _check_incoming(entry, entry.incoming)


def _check_incoming(entry: MessageType[Any], incoming: Incoming[Any]) -> None:
    if not incoming.replies or incoming.reply is None:
        raise RegistryError(
            f"{entry.name} may come from outside, but its entry has no presentation of the result "
            "(replies, reply)"
        )
    if entry.needs is None:
        raise RegistryError(
            f"{entry.name} may come from outside, but its entry does not tell what to lock (needs)"
        )
    if not incoming.scope:
        raise RegistryError(
            f"{entry.name} may come from outside, but its entry does not tell what permission its "
            "senders need (scope)"
        )
    if type(incoming.example) is not entry.type:
        raise RegistryError(f"the example of {entry.name} is of another type")
    if not incoming.verb.isidentifier() or not incoming.verb.islower():
        raise RegistryError(f"the verb of {entry.name}, {incoming.verb!r}, is not lower_case")


def _check_unique(what: str, values: Sequence[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise RegistryError(f"two entries have the {what} {value}")
