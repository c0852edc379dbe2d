"""The requests about order lines and orders."""

from collections.abc import Callable, Iterable
from typing import Final

from tests.chaos.workload.inventory import RECENT, Inventory
from tests.chaos.workload.operations import Body, Operation, Operations

DONE_OR_CLOSED: Final = frozenset({200, 409})
SERVED: Final = frozenset({200, 201, 202})
NEW: Final = frozenset({201, 202})

REQUIRED: Final = (None, None, None, "2030-01-02", "2030-02-01")
"""Days on which customers need their units."""

OWN: Final = 0.7
"""How often a caller means a line of its own; others may act on it at the same time, too."""


class Demand:
    """Makes one caller's operations about lines and orders."""

    def __init__(self, operations: Operations, inventory: Inventory) -> None:
        self._operations = operations
        self._inventory = inventory
        self._rng = operations.rng
        self._lines: list[Body] = []
        self._shipped: list[Body] = []
        self.kinds: dict[str, Callable[[], Operation]] = {
            "line": self.a_line,
            "same order": self._a_line_of_a_known_order,
            "known line": self._a_known_line,
            "changed line": self._a_changed_line,
            "cancelled line": self._a_cancelled_line,
            "cancelled order": self._a_cancelled_order,
            "shipped line": self._a_shipped_line,
            "shipped order": self._a_shipped_order,
            "unshipped line": self._an_unshipped_line,
        }
        """The kinds of operations, by their names in a mix."""

    @property
    def has_lines(self) -> bool:
        """Whether there is any line of which other operations can be about."""
        return bool(self._lines)

    def a_line(self) -> Operation:
        """A new line of a new order."""
        return self._new_line(self._operations.a_name("o"))

    def an_old_line(self) -> Body:
        """The facts of a line, as it was announced."""
        others = self._inventory.a_line(self._rng)
        if others is not None and self._rng.random() > OWN:
            return others
        return self._rng.choice(self._lines[-RECENT:])

    def _a_line_of_a_known_order(self) -> Operation:
        """A line with a name, of an order that may have another one for the same sku."""
        name = self._operations.a_name("l")
        return self._new_line(self._rng.choice(self._lines[-RECENT:])["orderid"], name)

    def _new_line(self, orderid: str, line: str | None = None) -> Operation:
        mix = self._inventory.mix
        body: Body = {
            "orderid": orderid,
            "sku": self._rng.choice(self._inventory.skus),
            "qty": self._rng.choice(mix.line),
            "line": line,
        }
        if not mix.is_plain:
            body["required_by"] = self._rng.choice(REQUIRED)
            body["split"] = self._rng.choice((None, None, True))
        operation = self._operations.make("allocate", body, body["sku"], NEW)
        self._lines.append(operation.request.body)
        return operation

    def _a_known_line(self) -> Operation:
        body = self.an_old_line()
        return self._operations.make("allocate", body, body["sku"], SERVED)

    def _a_changed_line(self) -> Operation:
        qty = self._rng.choice(self._inventory.mix.line)
        return self._of_line("change_order_line", DONE_OR_CLOSED, qty=qty)

    def _a_cancelled_line(self) -> Operation:
        return self._of_line("cancel_order_line", DONE_OR_CLOSED)

    def _a_cancelled_order(self) -> Operation:
        return self._of_order("cancel_order", self.an_old_line())

    def _a_shipped_order(self) -> Operation:
        line = self.an_old_line()
        self._shipped.append(line)
        return self._of_order("ship_order", line)

    def _a_shipped_line(self) -> Operation:
        """All of it, or some units; from anywhere, or from a batch that is named."""
        line, batch = self.an_old_line(), None
        self._shipped.append(line)
        if self._rng.random() < 0.4:
            batch = self._inventory.a_batch_of(line["sku"], self._rng)
        facts = {"qty": self._some_units(line), "ref": batch and batch["ref"]}
        return self._of_line("ship_order_line", DONE_OR_CLOSED, line, **facts)

    def _an_unshipped_line(self) -> Operation:
        line = self._rng.choice(self._shipped[-RECENT:]) if self._shipped else self.an_old_line()
        return self._of_line("unship_order_line", DONE_OR_CLOSED, line, qty=self._some_units(line))

    def _some_units(self, line: Body) -> int | None:
        return None if self._rng.random() < 0.7 else self._rng.randint(1, line["qty"])

    def _of_line(
        self, verb: str, expected: Iterable[int], line: Body | None = None, **facts: object
    ) -> Operation:
        """Name the line, or leave its name out, as only those may whose order has one line."""
        line = line or self.an_old_line()
        name = self._rng.choice((None, line.get("line", "")))
        body: Body = {"orderid": line["orderid"], "sku": line["sku"], "line": name, **facts}
        return self._operations.make(verb, body, line["sku"], expected)

    def _of_order(self, verb: str, line: Body) -> Operation:
        body = {"orderid": line["orderid"]}
        return self._operations.make(verb, body, line["sku"], DONE_OR_CLOSED)
