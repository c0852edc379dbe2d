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
class Operation:
    """A message with its sender's key, and all the answers that it has been given."""

    key: str
    message: Event
    answers: list[Answer] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        """Whether its sender knows what became of it."""
        return bool(self.answers)


def drawn(rng: Random) -> list[Operation]:
    """The errands of a history."""
    events = [_announced(sku, 1, rng) for sku in SKUS]
    events += [_drawn(rng) for _ in range(rng.randint(5, 16))]
    rng.shuffle(events)
    return [Operation(f"k{number}", event) for number, event in enumerate(events, start=1)]


def sku_of_batch(ref: str) -> str:
    """The sku of a batch of ours."""
    return ref.partition("-")[0]


def _drawn(rng: Random) -> Event:
    sku, kind = rng.choice(SKUS), rng.random()
    if kind < 0.15:
        return _announced(sku, rng.randint(1, BATCHES), rng)
    if kind < 0.4:
        ref = f"{sku}-{rng.randint(1, BATCHES - 1)}"
        return BatchQuantityChanged(ref, rng.choice((0, 3, 6, 12, 20)))
    return AllocationRequired(f"o{rng.randint(1, ORDERS)}", sku, rng.choice((1, 2, 2, 5)))


def _announced(sku: str, number: int, rng: Random) -> Event:
    # Now and then with other facts than before, which is refused.
    qty = 10 if rng.random() < 0.9 else 11
    return BatchCreated(f"{sku}-{number}", sku, qty, ETAS[number - 1])
