"""What an application does: every message, and who acts on it, where."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from allocation.messaging.bus import Handlers
from allocation.messaging.errors import CatalogueError


@dataclass(frozen=True)
class Catalogue:
    """The handlers inside the transaction, those outside it, and the plain facts.

    `inside` change state; the processor runs them. `outside` have an effect that no
    transaction can take back, such as an e-mail; the relay runs them after the commit.
    `facts` are recorded, and nobody acts on them.
    """

    inside: Handlers
    outside: Handlers = field(default_factory=dict)
    facts: frozenset[type] = frozenset()

    @property
    def messages(self) -> set[type]:
        """Every type of message that the application knows."""
        return {*self.inside, *self.outside, *self.facts}

    def check(self, messages: Iterable[type]) -> None:
        """Refuse to start when the table is not whole.

        Raises:
            CatalogueError: a message without a handler, a handler without a message, or
                a message that stands in two places.
        """
        known = set(messages)
        for message in sorted(known | self.messages, key=lambda m: m.__name__):
            name = message.__name__
            places = [
                bool(self.inside.get(message)),
                bool(self.outside.get(message)),
                message in self.facts,
            ]
            if message not in known:
                raise CatalogueError(f"{name} has handlers, but there is no such message")
            if sum(places) == 0:
                raise CatalogueError(f"nothing handles {name}, and it is no plain fact")
            if sum(places) > 1:
                raise CatalogueError(f"{name} stands in more than one place of the table")
