"""The requests that are refused, whatever others do meanwhile."""

from collections.abc import Callable
from typing import Final

from tests.chaos.workload.demand import Demand
from tests.chaos.workload.inventory import Inventory
from tests.chaos.workload.operations import Body, Operation, Operations

NOWHERE: Final = "NO-SUCH"

FAR_MORE: Final = 1_000
"""So many units more than anything ever has."""

OF_BATCHES: Final[dict[str, Body]] = {
    "change_batch_quantity": {"qty": 1},
    "change_batch_eta": {"eta": "2030-01-05"},
    "block_batch": {},
    "unblock_batch": {},
    "cancel_batch": {},
    "receive_batch_part": {"new_ref": "no-such-part", "qty": 1},
}
OF_LINES: Final[dict[str, Body]] = {
    "change_order_line": {"qty": 1},
    "cancel_order_line": {},
    "ship_order_line": {},
    "unship_order_line": {},
}
_SHIPMENTS: Final = ("ship_order_line", "unship_order_line")


class Refused:
    """Makes one caller's operations that are refused."""

    def __init__(self, operations: Operations, inventory: Inventory, demand: Demand) -> None:
        self._operations = operations
        self._inventory = inventory
        self._demand = demand
        self._rng = operations.rng
        self.kinds: dict[str, Callable[[], Operation]] = {
            "other quantity": self._another_quantity,
            "other facts": self._other_facts,
            "other receipt": self._another_receipt,
            "unknown sku": self._an_unknown_sku,
            "unknown batch": self._an_unknown_batch,
            "unknown line": self._an_unknown_line,
            "unknown order": self._an_unknown_order,
            "too many units": self._too_many_units,
        }
        """The kinds of operations, by their names in a mix."""

    def _another_quantity(self) -> Operation:
        old = self._demand.an_old_line()
        return self._refused("allocate", _with_more(old), old["sku"], 409)

    def _other_facts(self) -> Operation:
        batch = self._inventory.a_batch(self._rng)
        return self._refused("add_batch", _with_more(batch), batch["sku"], 409)

    def _another_receipt(self) -> Operation:
        receipt = self._inventory.a_receipt(self._rng)
        if receipt is None:
            return self._other_facts()
        body = {name: receipt[name] for name in ("ref", "new_ref", "qty")}
        return self._refused("receive_batch_part", _with_more(body), receipt["sku"], 409)

    def _an_unknown_sku(self) -> Operation:
        body = {"orderid": "nobody", "sku": NOWHERE, "qty": 1}
        return self._refused("allocate", body, NOWHERE, 400)

    def _an_unknown_batch(self) -> Operation:
        verbs = list(OF_BATCHES)[: 1 if self._inventory.mix.is_plain else None]
        verb = self._rng.choice(verbs)
        return self._refused(verb, {"ref": "no-such-batch", **OF_BATCHES[verb]}, NOWHERE, 404)

    def _an_unknown_line(self) -> Operation:
        """Of an order that exists."""
        verb, old = self._rng.choice(list(OF_LINES)), self._demand.an_old_line()
        body = {"orderid": old["orderid"], "sku": old["sku"], "line": "no-such-line"}
        return self._refused(verb, body | OF_LINES[verb], old["sku"], 404)

    def _an_unknown_order(self) -> Operation:
        verb = self._rng.choice(("cancel_order", "ship_order"))
        return self._refused(verb, {"orderid": "no-such-order"}, NOWHERE, 404)

    def _too_many_units(self) -> Operation:
        """More units shipped, or taken back, than the line can have."""
        verb, old = self._rng.choice(_SHIPMENTS), self._demand.an_old_line()
        body = {"orderid": old["orderid"], "sku": old["sku"], "line": old.get("line", "")}
        return self._refused(verb, body | {"qty": FAR_MORE}, old["sku"], 409)

    def _refused(self, verb: str, body: Body, sku: str, status: int) -> Operation:
        return self._operations.make(verb, body, sku, {status})


def _with_more(body: Body) -> Body:
    return {**body, "qty": body["qty"] + FAR_MORE}
