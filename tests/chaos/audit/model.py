"""The messages from outside, in the order of the log, put to the domain alone.

One script handles one message after the other, with all its follow-ups, in memory. Whatever
servers did at the same time, whoever died meanwhile: the answers and the stock must be the same.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final

from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.adapters.repository import SessionOrders
from allocation.adapters.sql.stock.part_row import COLUMNS, rows_of
from allocation.domain.errors import (
    InvalidSku,
    OrderClosed,
    Refusal,
    UnknownBatch,
    UnknownLine,
    UnknownOrder,
)
from allocation.domain.events import OutOfStock
from allocation.domain.model import Product
from allocation.domain.order import Order
from allocation.service_layer import messagebus
from tests.chaos.audit.records import CODEC, Entry, Records
from tests.support.ledger import Row

_UNKNOWN: Final = (InvalidSku, UnknownBatch, UnknownLine, UnknownOrder, OrderClosed)

_BATCH: Final = (
    *("reference", "initial_quantity", "purchased_quantity", "allocated_quantity"),
    *("eta", "blocked", "cancelled"),
)
_TOLD: Final = ("stale_batchref", "stale_day")
"""Left as they are by the chapter's bus, which has nobody told of changed promises."""


def differences_from_model(records: Records, today: date) -> Iterator[str]:
    """Answers that the domain does not give, stock that it does not have."""
    model = _Model(today)
    for entry in records.entries:
        if entry.cause is None and entry.status in ("handled", "refused"):
            yield from model.differences(entry)
    for sku in sorted({row["sku"] for row in records.ledger.batches}):
        with model.uow as uow:
            product = uow.products.get(sku)
            assert product is not None, f"no batch of {sku} was ever announced"
            yield from _of_batches(records, product)
            yield from _of_lines(records, product)
        raised = sum(entry.body["sku"] == sku for entry in records.of_type("OutOfStock"))
        if raised != model.shortages[sku]:
            yield f"{sku} ran out {model.shortages[sku]} times, and {raised} events say so"


class _Orders(SessionOrders):
    """Orders with their lines for these products, or for all.

    Somebody can announce the first line for another product while the order is being handled.
    Its message may stand before that of the order in the log, though it took effect after it.
    """

    skus: Collection[str] | None = None

    def get(self, orderid: str) -> Order | None:
        order = super().get(orderid)
        if order is not None and self.skus is not None:
            order.lines = [line for line in order.lines if line.sku in self.skus]
        return order


class _UnitOfWork(MemoryUnitOfWork):
    seen: Collection[str] | None = None
    """The products of the order that is being handled."""

    @property
    def orders(self) -> _Orders:
        if self._orders is None:
            orders = self._orders = _Orders(self._session)
            orders.skus = self.seen
        assert isinstance(self._orders, _Orders)
        return self._orders


class _Model:
    """The chapter's bus on a unit of work in memory."""

    def __init__(self, today: date) -> None:
        self.uow = _UnitOfWork(today=today)
        self.shortages: Counter[str] = Counter()
        handlers = {**messagebus.HANDLERS, OutOfStock: [self._run_out]}
        self._bus = messagebus.MessageBus(handlers)

    def differences(self, entry: Entry) -> Iterator[str]:
        """Handle a message, and compare the answer."""
        refusal = CODEC.decode_refusal(entry.refusal)
        if isinstance(refusal, _UNKNOWN):
            return  # what it names may have been announced while the message was being refused
        is_order = entry.type in ("OrderShipped", "OrderCancelled") and entry.result is not None
        self.uow.seen = {line["sku"] for line in entry.result} if is_order else None
        expected = self._answer(entry.message)
        answer = str(refusal) if refusal else entry.result
        if answer != expected:
            yield f"{entry} was answered with {answer}, and should have been with {expected}"

    def _answer(self, message: Any) -> Any:
        try:
            results = self._bus.handle(message, self.uow)
        except Refusal as refusal:
            return str(refusal)
        return json.loads(CODEC.encode_results(results[:1]))[0]

    def _run_out(self, event: OutOfStock, _: object) -> None:
        self.shortages[event.sku] += 1


def _of_batches(records: Records, product: Product) -> Iterator[str]:
    for batch in product.batches:
        expected = (
            *(batch.reference, batch.initial_quantity, batch.purchased_quantity),
            *(batch.allocated_quantity, batch.eta, batch.blocked, batch.cancelled),
        )
        row = records.batches.get(batch.reference)
        recorded = row and tuple(row[name] for name in _BATCH)
        if recorded != expected:
            yield f"the batch {batch.reference} is {recorded}, and should be {expected}"


def _of_lines(records: Records, product: Product) -> Iterator[str]:
    for key, rows in records.lines.items():
        if key[0] == product.sku:
            parts = product.lines.find(*key[1:])
            expected = [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(parts)]
            if list(map(_compared, rows)) != list(map(_compared, expected)):
                yield f"the line {key} is {rows}, and should be {expected}"


def _compared(row: Row) -> Row:
    return {name: row[name] for name in COLUMNS if name not in _TOLD}
