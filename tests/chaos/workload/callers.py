"""Callers: each wants one operation after another."""

from random import Random
from typing import Final

from tests.chaos.workload.demand import Demand
from tests.chaos.workload.inventory import Inventory
from tests.chaos.workload.mixes import PLAIN, SIMULATED
from tests.chaos.workload.operations import Operation, Operations
from tests.chaos.workload.refused import Refused
from tests.chaos.workload.supply import Supply

PLAIN_HISTORIES: Final = 0.25
CROWDED: Final = 0.4
"""How many of the other histories have one product only, at which all operations meet."""


class Workload:
    """One caller's operations, without end."""

    def __init__(self, name: str, inventory: Inventory, rng: Random) -> None:
        operations, self._rng = Operations(name, rng), rng
        self._demand = Demand(operations, inventory)
        kinds = {
            **self._demand.kinds,
            **Supply(operations, inventory).kinds,
            **Refused(operations, inventory, self._demand).kinds,
        }
        self._kinds = [kinds[kind] for kind in inventory.mix.weights]
        self._weights = list(inventory.mix.weights.values())

    def next(self) -> Operation:
        """What the caller wants now; what it wanted before has been answered."""
        if not self._demand.has_lines:
            return self._demand.a_line()
        return self._rng.choices(self._kinds, self._weights)[0]()


def short_history(rng: Random) -> list[Operation]:
    """The operations of a simulated history."""
    is_plain = rng.random() < PLAIN_HISTORIES
    skus = ("CHAIR",) if not is_plain and rng.random() < CROWDED else ("CHAIR", "TABLE")
    inventory = Inventory(skus, mix=PLAIN if is_plain else SIMULATED)
    workload, operations = Workload("k", inventory, rng), inventory.opening()
    for _ in range(rng.randint(5, 16 if is_plain else 24)):
        operations.append(workload.next())
        inventory.note_done(operations[-1])
    return operations
