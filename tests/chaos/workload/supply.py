"""The requests about batches."""

from collections.abc import Callable, Iterable
from typing import Final

from tests.chaos.workload.inventory import Inventory
from tests.chaos.workload.operations import Body, Operation, Operations

DONE: Final = frozenset({200})
DONE_OR_CLOSED: Final = frozenset({200, 409})

OVERDUE: Final = "2020-02-01"
PLAIN_ETAS: Final = (None, None, None, "2030-01-05", "2030-02-10", "2030-03-15")
ETAS: Final = (*PLAIN_ETAS, OVERDUE)
"""Days on which batches are due; None is in the warehouse."""


class Supply:
    """Makes one caller's operations about batches."""

    def __init__(self, operations: Operations, inventory: Inventory) -> None:
        self._operations = operations
        self._inventory = inventory
        self._rng = operations.rng
        self.kinds: dict[str, Callable[[], Operation]] = {
            "batch": self._a_batch,
            "known batch": self._a_known_batch,
            "quantity": self._a_quantity,
            "date": self._a_date,
            "block": self._a_block,
            "unblock": self._an_unblock,
            "cancelled batch": self._a_cancelled_batch,
            "receipt": self._a_receipt,
            "known receipt": self._a_known_receipt,
            "huge": self._a_huge_change,
        }
        """The kinds of operations, by their names in a mix."""

    def _a_batch(self) -> Operation:
        body: Body = {
            "ref": self._operations.a_name("b"),
            "sku": self._rng.choice(self._inventory.skus),
            "qty": self._rng.choice(self._inventory.mix.batch),
            "eta": self._rng.choice(PLAIN_ETAS if self._inventory.mix.is_plain else ETAS),
        }
        return self._operations.make("add_batch", body, body["sku"], {201})

    def _a_known_batch(self) -> Operation:
        body = self._inventory.a_batch(self._rng)
        return self._operations.make("add_batch", body, body["sku"], {201})

    def _a_quantity(self) -> Operation:
        qty = self._rng.choice(self._inventory.mix.change)
        return self._change("change_batch_quantity", DONE_OR_CLOSED, qty=qty)

    def _a_date(self) -> Operation:
        return self._change("change_batch_eta", DONE_OR_CLOSED, eta=self._rng.choice(ETAS))

    def _a_block(self) -> Operation:
        return self._change("block_batch", DONE_OR_CLOSED)

    def _an_unblock(self) -> Operation:
        return self._change("unblock_batch", DONE_OR_CLOSED)

    def _a_cancelled_batch(self) -> Operation:
        return self._change("cancel_batch", DONE)

    def _a_receipt(self) -> Operation:
        batch = self._inventory.a_shipment(self._rng)
        new_ref, qty = self._operations.a_name("r"), self._rng.choice(self._inventory.mix.batch)
        body = {"ref": batch["ref"], "new_ref": new_ref, "qty": qty}
        return self._operations.make("receive_batch_part", body, batch["sku"], DONE_OR_CLOSED)

    def _a_known_receipt(self) -> Operation:
        receipt = self._inventory.a_receipt(self._rng)
        if receipt is None:
            return self._a_receipt()
        body = {name: receipt[name] for name in ("ref", "new_ref", "qty")}
        return self._operations.make("receive_batch_part", body, receipt["sku"], DONE)

    def _change(self, verb: str, expected: Iterable[int], **facts: object) -> Operation:
        batch = self._inventory.a_batch(self._rng)
        body = {"ref": batch["ref"], **facts}
        return self._operations.make(verb, body, batch["sku"], expected)

    def _a_huge_change(self) -> Operation:
        """More follows from it than fits into a group."""
        inventory, rng = self._inventory, self._rng
        changes: dict[str, Body] = {
            "change_batch_quantity": {"qty": rng.choice((0, inventory.huge_lines))},
            "change_batch_eta": {"eta": rng.choice((None, "2030-01-05", OVERDUE))},
            "block_batch": {},
            "unblock_batch": {},
            "receive_batch_part": {
                "new_ref": self._operations.a_name("h"),
                "qty": inventory.huge_lines // 2,
            },
        }
        verb = rng.choices(list(changes), (4, 3, 1, 2, 3))[0]
        body = {"ref": f"{inventory.huge}-{rng.choice((1, 2))}", **changes[verb]}
        return self._operations.make(verb, body, inventory.huge, DONE_OR_CLOSED)
