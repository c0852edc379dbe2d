"""Which events of the feed a client asks for."""

from typing import NamedTuple, Protocol


class Filterable(Protocol):
    """What a filter asks of an event."""

    @property
    def type(self) -> str:
        """The type of the message."""

    @property
    def sku(self) -> str | None:
        """The product that the message is about."""


class FeedFilter(NamedTuple):
    """Chooses events of some types, or of all; about one product, or about any."""

    types: frozenset[str] = frozenset()
    sku: str | None = None

    def matches(self, event: Filterable) -> bool:
        """Whether the client asks for this event."""
        if self.types and event.type not in self.types:
            return False
        return self.sku is None or event.sku == self.sku
