"""What callers want: requests, by chance, and the same ones for the same seed."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from tests.support.clients import Request

ETAS: Final = (None, None, "2030-01-05", "2030-02-10", "2030-03-15")


@dataclass(frozen=True)
class Operation:
    """A request, the sku that it concerns, and the statuses that may answer it."""

    request: Request
    sku: str
    expected: frozenset[int]


class Inventory:
    """What is sold, and the batches that all callers know of; some are huge.

    Every line of a huge batch is one unit: when the batch shrinks, more follows from it
    than fits into one group.
    """

    def __init__(self, skus: Sequence[str], huge: str, huge_lines: int) -> None:
        self.skus = skus
        self.huge = huge
        self.huge_lines = huge_lines
        self._batches: list[tuple[str, str]] = []

    def opening(self) -> list[Operation]:
        """The first batches."""
        offers = [(f"{sku}-{n}", sku, 100) for sku in self.skus for n in (1, 2)]
        self._batches += [(ref, sku) for ref, sku, _ in offers]
        half = self.huge_lines // 2
        offers += [(f"{self.huge}-{n}", self.huge, half * n) for n in (1, 2)]
        return [
            Operation(_batch_request(ref, sku, qty, None, key=f"open-{ref}"), sku, frozenset({201}))
            for ref, sku, qty in offers
        ]

    def announce(self, ref: str, sku: str) -> None:
        """Let everybody know of a new batch."""
        self._batches.append((ref, sku))

    def a_batch(self, rng: random.Random) -> tuple[str, str]:
        """Some batch, by its reference and its sku; rather a new one."""
        recent = self._batches[-40:]
        return rng.choice(recent)


class Workload:
    """One caller's errands, without end."""

    def __init__(self, name: str, inventory: Inventory, rng: random.Random) -> None:
        self._name = name
        self._market = inventory
        self._rng = rng
        self._numbers = count(1)
        self._lines: list[dict[str, Any]] = []
        kinds: dict[Callable[[], Operation], int] = {
            self._a_line: 136,
            self._a_batch: 6,
            self._a_change: 32,
            self._a_huge_change: 1,
            self._a_known_line: 8,
            self._another_quantity: 4,
            self._an_unknown_sku: 4,
            self._an_unknown_batch: 4,
        }
        self._kinds, self._weights = list(kinds), list(kinds.values())

    def next(self) -> Operation:
        """What the caller wants now; what it wanted before has been answered."""
        if not self._lines:
            return self._a_line()
        return self._rng.choices(self._kinds, self._weights)[0]()

    def _a_line(self) -> Operation:
        body = {
            "orderid": f"{self._name}-o{next(self._numbers)}",
            "sku": self._rng.choice(self._market.skus),
            "qty": self._rng.randint(1, 5),
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
        number = next(self._numbers)
        ref, sku = f"{self._name}-b{number}", self._rng.choice(self._market.skus)
        qty, eta = self._rng.randint(40, 160), self._rng.choice(ETAS)
        request = _batch_request(ref, sku, qty, eta, key=f"{self._name}-{number}")
        return Operation(request, sku, frozenset({201}))

    def _a_change(self) -> Operation:
        ref, sku = self._market.a_batch(self._rng)
        return self._change(ref, sku, self._rng.randint(0, 120), {200})

    def _a_huge_change(self) -> Operation:
        inventory = self._market
        ref = f"{inventory.huge}-{self._rng.choice((1, 2))}"
        return self._change(ref, inventory.huge, self._rng.choice((0, inventory.huge_lines)), {200})

    def _an_old_line(self) -> dict[str, Any]:
        return self._rng.choice(self._lines)

    def _allocate(self, body: dict[str, Any], expected: Iterable[int]) -> Operation:
        request = Request("/allocate", body, key=f"{self._name}-{next(self._numbers)}")
        return Operation(request, body["sku"], frozenset(expected))

    def _change(self, ref: str, sku: str, qty: int, expected: Iterable[int]) -> Operation:
        key = f"{self._name}-{next(self._numbers)}"
        body = {"ref": ref, "qty": qty}
        return Operation(Request("/change_batch_quantity", body, key), sku, frozenset(expected))


def _batch_request(ref: str, sku: str, qty: int, eta: str | None, key: str) -> Request:
    return Request("/add_batch", {"ref": ref, "sku": sku, "qty": qty, "eta": eta}, key)
