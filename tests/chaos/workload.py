"""The requests of callers, served or simulated: by chance, and the same for the same seed."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any, Final

from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from tests.support.clients import Request

ETAS: Final = (None, None, "2030-01-05", "2030-02-10", "2030-03-15")


@dataclass(frozen=True)
class Operation:
    """A request, the sku that it concerns, and the statuses that may answer it."""

    request: Request
    sku: str
    expected: frozenset[int]

    @property
    def event(self) -> Event:
        """The message that the request becomes."""
        match self.request.path:
            case "/add_batch":
                eta = self.request.body["eta"]
                facts = {**self.request.body, "eta": eta and date.fromisoformat(eta)}
                return BatchCreated(**facts)
            case "/allocate":
                return AllocationRequired(**self.request.body)
        return BatchQuantityChanged(**self.request.body)


@dataclass(frozen=True)
class Mix:
    """The quantities that are asked for, and how often each kind of operation comes."""

    opening: int
    """Units of each of the first batches."""
    line: Sequence[int]
    batch: Sequence[int]
    change: Sequence[int]
    weights: Sequence[int]
    """In the order of `Workload`'s kinds."""


SERVED: Final = Mix(100, range(1, 6), range(40, 161), range(121), (136, 6, 32, 1, 8, 4, 4, 4, 2, 2))
"""Long runs: most requests are new order lines."""

SIMULATED: Final = Mix(
    6, (1, 2, 2, 5), (5, 10), (0, 3, 6, 12, 20), (22, 5, 16, 0, 5, 2, 1, 1, 2, 2)
)
"""Short histories, in which every operation meets the others."""


class Inventory:
    """The products, and the batches that all callers know of; some are huge.

    Every line of a huge batch is one unit: when the batch shrinks, more follows from it
    than fits into one group.
    """

    def __init__(
        self, skus: Sequence[str], huge: str = "", huge_lines: int = 0, mix: Mix = SERVED
    ) -> None:
        self.skus = skus
        self.huge = huge
        self.huge_lines = huge_lines
        self.mix = mix
        self._batches: list[dict[str, Any]] = []

    def opening(self) -> list[Operation]:
        """The first batches."""
        offers = [(f"{sku}-{n}", sku, self.mix.opening) for sku in self.skus for n in (1, 2)]
        half = self.huge_lines // 2
        huge = [(f"{self.huge}-{n}", self.huge, half * n) for n in (1, 2)] if self.huge else []
        bodies = [
            {"ref": ref, "sku": sku, "qty": qty, "eta": None} for ref, sku, qty in offers + huge
        ]
        self._batches += bodies[: len(offers)]
        return [_announcement(body, f"open-{body['ref']}", {201}) for body in bodies]

    def announce(self, body: dict[str, Any]) -> None:
        """Let all callers know of a new batch."""
        if body not in self._batches[-200:]:
            self._batches.append(body)

    def a_batch(self, rng: random.Random) -> dict[str, Any]:
        """The facts of one of the newer batches, as they were announced."""
        return rng.choice(self._batches[-40:])


class Workload:
    """One caller's operations, without end."""

    def __init__(self, name: str, inventory: Inventory, rng: random.Random) -> None:
        self._name = name
        self._inventory = inventory
        self._rng = rng
        self._numbers = count(1)
        self._lines: list[dict[str, Any]] = []
        self._kinds: list[Callable[[], Operation]] = [
            self._a_line,
            self._a_batch,
            self._a_change,
            self._a_huge_change,
            self._a_known_line,
            self._another_quantity,
            self._an_unknown_sku,
            self._an_unknown_batch,
            self._a_known_batch,
            self._other_facts,
        ]

    def next(self) -> Operation:
        """What the caller wants now; what it wanted before has been answered."""
        if not self._lines:
            return self._a_line()
        return self._rng.choices(self._kinds, self._inventory.mix.weights)[0]()

    def _a_line(self) -> Operation:
        body = {
            "orderid": f"{self._name}-o{next(self._numbers)}",
            "sku": self._rng.choice(self._inventory.skus),
            "qty": self._rng.choice(self._inventory.mix.line),
        }
        self._lines.append(body)
        return self._allocate(body, {201, 202})

    def _a_known_line(self) -> Operation:
        return self._allocate(self._an_old_line(), {201, 202})

    def _another_quantity(self) -> Operation:
        old = self._an_old_line()
        return self._allocate({**old, "qty": old["qty"] + 1}, {409})

    def _an_unknown_sku(self) -> Operation:
        return self._allocate({"orderid": "nobody", "sku": "NO-SUCH", "qty": 1}, {400})

    def _an_unknown_batch(self) -> Operation:
        return self._change("no-such-batch", "NO-SUCH", 1, {404})

    def _a_batch(self) -> Operation:
        body = {
            "ref": f"{self._name}-b{next(self._numbers)}",
            "sku": self._rng.choice(self._inventory.skus),
            "qty": self._rng.choice(self._inventory.mix.batch),
            "eta": self._rng.choice(ETAS),
        }
        return _announcement(body, self._a_key(), {201})

    def _a_known_batch(self) -> Operation:
        return _announcement(self._inventory.a_batch(self._rng), self._a_key(), {201})

    def _other_facts(self) -> Operation:
        body = self._inventory.a_batch(self._rng)
        return _announcement({**body, "qty": body["qty"] + 1}, self._a_key(), {409})

    def _a_change(self) -> Operation:
        batch = self._inventory.a_batch(self._rng)
        qty = self._rng.choice(self._inventory.mix.change)
        return self._change(batch["ref"], batch["sku"], qty, {200})

    def _a_huge_change(self) -> Operation:
        inventory = self._inventory
        ref = f"{inventory.huge}-{self._rng.choice((1, 2))}"
        return self._change(ref, inventory.huge, self._rng.choice((0, inventory.huge_lines)), {200})

    def _an_old_line(self) -> dict[str, Any]:
        return self._rng.choice(self._lines)

    def _allocate(self, body: dict[str, Any], expected: Iterable[int]) -> Operation:
        request = Request("/allocate", body, self._a_key())
        return Operation(request, body["sku"], frozenset(expected))

    def _change(self, ref: str, sku: str, qty: int, expected: Iterable[int]) -> Operation:
        body = {"ref": ref, "qty": qty, "reason": "leak" if qty % 2 else None}
        request = Request("/change_batch_quantity", body, self._a_key())
        return Operation(request, sku, frozenset(expected))

    def _a_key(self) -> str:
        return f"{self._name}-{next(self._numbers)}"


def _announcement(body: dict[str, Any], key: str, expected: Iterable[int]) -> Operation:
    return Operation(Request("/add_batch", body, key), body["sku"], frozenset(expected))


def short_history(rng: random.Random) -> list[Operation]:
    """The operations of a simulated history."""
    inventory = Inventory(("CHAIR", "TABLE"), mix=SIMULATED)
    workload, operations = Workload("k", inventory, rng), inventory.opening()
    for _ in range(rng.randint(5, 16)):
        operations.append(workload.next())
        if operations[-1].request.path == "/add_batch":
            inventory.announce(operations[-1].request.body)
    return operations
