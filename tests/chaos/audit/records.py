"""What the audit reads, indexed: ledger, observations, mail and log lines, real or simulated."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

from allocation.adapters.codec import Codec
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.observations import Observations
from tests.support.ledger import Ledger, Row

CODEC: Final = Codec(REGISTRY)

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

LineKey = tuple[str, str, str]
"""Its sku, its order, its name."""


@dataclass(frozen=True)
class Entry:
    """A message in the log."""

    seq: int
    id: str
    type: str
    body: dict[str, Any]
    cause: str | None
    chain: str
    status: str
    result: Any
    refusal: str | None
    error: str | None = None

    @classmethod
    def of(cls, row: Row) -> "Entry":
        """As it is in the table; `result` is what the first handler returned."""
        results = json.loads(row["results"]) if row["results"] else []
        return cls(
            row["seq"],
            row["id"],
            row["type"],
            json.loads(row["body"]),
            row["causation_id"],
            row["correlation_id"],
            row["status"],
            results[0] if results else None,
            row["refusal"],
            row["error"],
        )

    @property
    def message(self) -> Any:
        """As a handler gets it."""
        return CODEC.decode_message(self.type, json.dumps(self.body))

    def __str__(self) -> str:
        return f"{self.type} {self.id} (seq {self.seq})"

    @property
    def line(self) -> LineKey:
        """The line that it is about; what the handler found, if the message does not name it."""
        name = self.body.get("line")
        if name is None and isinstance(self.result, dict):
            name = self.result.get("line")
        return self.body["sku"], self.body["orderid"], name or ""


@dataclass(frozen=True)
class Records:
    """Everything there is to know in the end."""

    ledger: Ledger
    observations: Observations
    mailed: Sequence[str] | None = None
    """The ids of the messages whose mail was delivered, as often as it was, if that is known."""
    faults: Sequence[str] = field(default=())
    """Log lines of servers that should never be there."""
    answer_by_log: Callable[[Entry], Any] | None = None
    """The body of an answer as the log has it, where answers are not HTTP's."""
    discrepancies: Sequence[str] = ()
    """The findings of `allocation verify`, where there is a database."""

    @cached_property
    def entries(self) -> list[Entry]:
        """The log."""
        return [Entry.of(row) for row in self.ledger.messages]

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The log, by ids."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def by_chain(self) -> dict[str, list[Entry]]:
        """The log, by the message from outside with which a chain began."""
        return _grouped((entry.chain, entry) for entry in self.entries)

    @cached_property
    def lines(self) -> dict[LineKey, list[Row]]:
        """The order lines in the table, each with its parts."""
        return _grouped(
            ((row["sku"], row["orderid"], row["line"]), row) for row in self.ledger.lines
        )

    @cached_property
    def batches(self) -> dict[str, Row]:
        """The batches in the table."""
        return {row["reference"]: row for row in self.ledger.batches}

    @cached_property
    def asked_lines(self) -> dict[LineKey, int]:
        """The quantities of all lines that were accepted, over HTTP or from a file.

        A line that was changed since has the quantity of the last change in the log.
        """
        bodies = [
            call.operation.request.body
            for call in self.observations.calls
            if call.done and call.operation.request.path == "/allocate"
        ]
        rows = [*bodies, *self.observations.imported]
        asked = {line_of(row): int(row["qty"]) for row in reversed(rows)}
        changed = {e.line: e.body["qty"] for e in self.of_type("OrderLineChanged")}
        return asked | {key: qty for key, qty in changed.items() if key in asked}

    def of_type(self, *types: str, status: str = "handled") -> Iterator[Entry]:
        """The messages of these types that have this status, in the order of the log."""
        return (entry for entry in self.entries if entry.type in types and entry.status == status)


def line_of(body: Mapping[str, Any]) -> LineKey:
    """The line that is announced."""
    return body["sku"], body["orderid"], body.get("line") or ""


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    groups = defaultdict[_Key, list[_Value]](list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
