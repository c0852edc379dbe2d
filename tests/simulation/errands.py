"""What callers want, drawn from few skus, few batches and few orders, so that they meet."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final

from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from allocation.messaging.log import Answer

SKUS: Final = ("CHAIR", "TABLE")
BATCHES: Final = 3
ORDERS: Final = 9
ETAS: Final = (None, date(2030, 1, 5), date(2030, 2, 1))


@dataclass
class Errand:
    """A message with its sender's key, and all the answers that it has been given."""

    key: str
    message: Event
    answers: list[Answer] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        """Whether its sender knows what became of it."""
        return bool(self.answers)


def drawn(chance: Random) -> list[Errand]:
    """The errands of a history."""
    events = [_announced(sku, 1, chance) for sku in SKUS]
    events += [_drawn(chance) for _ in range(chance.randint(5, 16))]
    chance.shuffle(events)
    return [Errand(f"k{number}", event) for number, event in enumerate(events, start=1)]


def sku_of_batch(ref: str) -> str:
    """The sku of a batch of ours."""
    return ref.partition("-")[0]


def _drawn(chance: Random) -> Event:
    sku, kind = chance.choice(SKUS), chance.random()
    if kind < 0.15:
        return _announced(sku, chance.randint(1, BATCHES), chance)
    if kind < 0.4:
        ref = f"{sku}-{chance.randint(1, BATCHES - 1)}"
        return BatchQuantityChanged(ref, chance.choice((0, 3, 6, 12, 20)))
    return AllocationRequired(f"o{chance.randint(1, ORDERS)}", sku, chance.choice((1, 2, 2, 5)))


def _announced(sku: str, number: int, chance: Random) -> Event:
    # Now and then with other facts than before, which is refused.
    qty = 10 if chance.random() < 0.9 else 11
    return BatchCreated(f"{sku}-{number}", sku, qty, ETAS[number - 1])
