"""The messages from outside, in the order of the log, put to the domain alone.

One script handles one message after the other, with all its follow-ups. Whatever servers did at
the same time, whoever died meanwhile: the answers and the stock must be the same.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from allocation.adapters.sql.stock.part_row import COLUMNS, KEY
from allocation.domain.errors import (
    InvalidSku,
    OrderClosed,
    Refusal,
    UnknownBatch,
    UnknownLine,
    UnknownOrder,
)
from allocation.domain.events import OutOfStock
from allocation.service_layer import messagebus
from tests.chaos.audit.model_stock import ModelUnitOfWork
from tests.chaos.audit.records import CODEC, Entry, Records
from tests.support.ledger import Row

_UNSEEN: Final = (InvalidSku, UnknownBatch, UnknownLine, UnknownOrder, OrderClosed)
"""What was refused so may have been announced while the message was being refused."""

_HANDLED: Final = {e.name for e in messagebus.REGISTRY.entries if e.handlers}

_BATCH_KEY: Final = ("reference",)
_BATCH: Final = (
    *_BATCH_KEY,
    *("sku", "initial_quantity", "purchased_quantity", "allocated_quantity"),
    *("eta", "blocked", "cancelled"),
)
_PART: Final = [name for name in COLUMNS if name not in ("stale_batchref", "stale_day")]
"""The chapter's bus has nobody told of changed promises, and leaves them as they are."""


def differences_from_model(records: Records, uow: ModelUnitOfWork) -> Iterator[str]:
    """Answers that the domain does not give, stock that it does not have."""
    model = _Model(uow)
    for entry in records.entries:
        if entry.cause is None and entry.status in ("handled", "refused"):
            yield from model.differences(entry)
    batches, lines = uow.tables(records.lines)
    yield from _differences(records.ledger.batches, batches, _BATCH_KEY, _BATCH)
    yield from _differences(records.ledger.lines, lines, KEY, _PART)
    raised = Counter(entry.body["sku"] for entry in records.of_type("OutOfStock"))
    for sku in raised.keys() | model.shortages.keys():
        if raised[sku] != model.shortages[sku]:
            yield f"{sku} ran out {model.shortages[sku]} times, and {raised[sku]} events say so"


class _Model:
    """The chapter's bus."""

    def __init__(self, uow: ModelUnitOfWork) -> None:
        self._uow = uow
        self.shortages: Counter[str] = Counter()
        handlers = {**messagebus.HANDLERS, OutOfStock: [self._run_out]}
        self._bus = messagebus.MessageBus(handlers)

    def differences(self, entry: Entry) -> Iterator[str]:
        """Handle a message, and compare the answer."""
        if entry.type not in _HANDLED:
            return
        refusal = CODEC.decode_refusal(entry.refusal)
        if isinstance(refusal, _UNSEEN):
            return
        is_order = entry.type in ("OrderShipped", "OrderCancelled") and entry.result is not None
        self._uow.seen = {line["sku"] for line in entry.result} if is_order else None
        expected = self._answer(entry.message)
        answer = str(refusal) if refusal else entry.result
        if answer != expected:
            yield f"{entry} was answered with {answer}, and should have been with {expected}"

    def _answer(self, message: Any) -> Any:
        try:
            results = self._bus.handle(message, self._uow)
        except Refusal as refusal:
            return str(refusal)
        return json.loads(CODEC.encode_results(results[:1]))[0]

    def _run_out(self, event: OutOfStock, _: object) -> None:
        self.shortages[event.sku] += 1


def _differences(
    rows: Iterable[Row], expected: Iterable[Row], key: Iterable[str], names: Iterable[str]
) -> Iterator[str]:
    """The rows that are not as expected in the columns with these names."""
    in_table, in_model = _by_key(rows, key, names), _by_key(expected, key, names)
    for each in sorted(in_table.keys() | in_model.keys()):
        if in_table.get(each) != in_model.get(each):
            yield f"{each} is {in_table.get(each)}, and should be {in_model.get(each)}"


def _by_key(
    rows: Iterable[Row], key: Iterable[str], names: Iterable[str]
) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[k] for k in key): {name: row[name] for name in names} for row in rows}
