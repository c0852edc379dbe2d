"""What an application does: every message, and who acts on it, where."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from allocation.messaging.bus import Handlers
from allocation.messaging.errors import RegistryError


@dataclass(frozen=True)
class Registry:
    """The handlers inside the transaction, those outside it, and the plain facts.

    `transactional` change state; the processor runs them. `outbox` have an effect that no
    transaction can take back, such as an e-mail; the relay runs them after the commit.
    `recorded` are recorded, and nobody acts on them. `continuations` are transactional, and go on
    with what caused them: they are no deeper in the chain.
    """

    transactional: Handlers
    outbox: Handlers = field(default_factory=dict)
    recorded: frozenset[type] = frozenset()
    continuations: frozenset[type] = frozenset()

    @property
    def messages(self) -> set[type]:
        """Every type of message that the application knows."""
        return {*self.transactional, *self.outbox, *self.recorded}

    def check(self, messages: Iterable[type]) -> None:
        """Refuse to start when the table is not whole.

        Raises:
            RegistryError: a message without a handler, a handler without a message, or
                a message that stands in two places.
        """
        known = set(messages)
        for message in sorted(known | self.messages, key=lambda m: m.__name__):
            name = message.__name__
            places = [
                bool(self.transactional.get(message)),
                bool(self.outbox.get(message)),
                message in self.recorded,
            ]
            if message not in known:
                raise RegistryError(f"{name} has handlers, but there is no such message")
            if sum(places) == 0:
                raise RegistryError(f"nothing handles {name}, and it is no plain fact")
            if sum(places) > 1:
                raise RegistryError(f"{name} stands in more than one place of the table")
