"""An operation: a request, and the statuses that may answer it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random
from typing import Any, Final

from allocation.domain.events import Event
from allocation.service_layer.messagebus import REGISTRY
from tests.support.clients import Request

_INCOMING: Final = {f"/{e.incoming.verb}": e for e in REGISTRY.entries if e.incoming is not None}
MESSAGES: Final = {path: entry.name for path, entry in _INCOMING.items()}
"""What a POST becomes."""

_DATES: Final = ("eta", "required_by")

Body = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """A request, the sku that it concerns, and the statuses that may answer it."""

    request: Request
    sku: str
    expected: frozenset[int]

    @property
    def event(self) -> Event:
        """The message that the request becomes."""
        body = dict(self.request.body)
        dates = {name: date.fromisoformat(body[name]) for name in _DATES if body.get(name)}
        event: Event = _INCOMING[self.request.path].type(**body | dates)
        return event


class Operations:
    """Makes the operations of one caller."""

    def __init__(self, caller: str, rng: Random) -> None:
        self._caller = caller
        self._numbers = count(1)
        self.rng = rng

    def a_name(self, kind: str) -> str:
        """A name that nobody has used."""
        return f"{self._caller}-{kind}{next(self._numbers)}"

    def make(self, verb: str, body: Body, sku: str, expected: Iterable[int]) -> Operation:
        """An operation with a key of its own, and a reason now and then."""
        given = {name: value for name, value in body.items() if value is not None}
        if verb not in ("add_batch", "allocate") and self.rng.random() < 0.5:
            given["reason"] = "leak"
        return Operation(Request(f"/{verb}", given, self.a_name("")), sku, frozenset(expected))
