"""What all callers have in common: the products, and the batches and lines that are accepted."""

from collections.abc import Sequence
from random import Random
from typing import Final

from tests.chaos.workload.mixes import SERVED, Mix
from tests.chaos.workload.operations import Body, Operation
from tests.support.clients import Request

RECENT: Final = 40
"""Callers ask for one of the last so many batches, or lines."""

STORED: Final = 200


class Inventory:
    """The products, and the batches and lines that all callers know of; some batches are huge.

    Every line of a huge batch is one unit: when the batch shrinks, more follows from it
    than fits into one group.
    """

    def __init__(
        self, skus: Sequence[str], huge: str = "", huge_lines: int = 0, mix: Mix = SERVED
    ) -> None:
        self.skus = skus
        self.mix = mix
        self.huge = huge
        self.huge_lines = huge_lines
        self._batches: list[Body] = []
        self._lines: list[Body] = []
        self._receipts: list[Body] = []

    def opening(self) -> list[Operation]:
        """The first batches."""
        offers = [(f"{sku}-{n}", sku, self.mix.opening) for sku in self.skus for n in (1, 2)]
        half = self.huge_lines // 2
        huge = [(f"{self.huge}-{n}", self.huge, half * n) for n in (1, 2)] if self.huge else []
        bodies: list[Body] = [
            {"ref": ref, "sku": sku, "qty": qty} for ref, sku, qty in offers + huge
        ]
        self._batches += bodies[: len(offers)]
        return [
            Operation(
                Request("/add_batch", body, f"open-{body['ref']}"), body["sku"], frozenset({201})
            )
            for body in bodies
        ]

    def note_done(self, operation: Operation) -> None:
        """Let all callers know of what this operation, which is done, has made."""
        body = operation.request.body
        if operation.sku not in self.skus:
            return
        match operation.request.path:
            case "/add_batch":
                _add(self._batches, body)
            case "/allocate":
                _add(self._lines, body)
            case "/receive_batch_part":
                new = {"ref": body["new_ref"], "sku": operation.sku, "qty": body["qty"]}
                _add(self._batches, new)
                _add(self._receipts, {**body, "sku": operation.sku})

    def a_batch(self, rng: Random) -> Body:
        """The facts of one of the newer batches, as they were announced."""
        return rng.choice(self._batches[-RECENT:])

    def a_shipment(self, rng: Random) -> Body:
        """One that was announced as a shipment, if there is any; it may have arrived since."""
        batches = self._batches[-STORED:]
        shipments = [batch for batch in batches if batch.get("eta") is not None]
        return rng.choice((shipments or batches)[-RECENT:])

    def a_batch_of(self, sku: str, rng: Random) -> Body | None:
        """The same, of a batch of this sku, if there is any."""
        batches = [batch for batch in self._batches[-STORED:] if batch["sku"] == sku]
        return rng.choice(batches[-RECENT:]) if batches else None

    def a_line(self, rng: Random) -> Body | None:
        """The facts of one of the newer lines, as they were announced, if there is any."""
        return rng.choice(self._lines[-RECENT:]) if self._lines else None

    def a_receipt(self, rng: Random) -> Body | None:
        """One of the newer partial receipts, if there is any."""
        return rng.choice(self._receipts[-RECENT:]) if self._receipts else None


def _add(bodies: list[Body], body: Body) -> None:
    if body not in bodies[-STORED:]:
        bodies.append(body)
