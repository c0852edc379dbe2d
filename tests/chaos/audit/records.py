"""What the audit reads, indexed: ledger, observations, mail and log lines, real or simulated."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from tests.chaos.observations import Observations
from tests.support.ledger import Ledger, Row

MESSAGES: Final = {
    "/add_batch": "BatchCreated",
    "/allocate": "AllocationRequired",
    "/change_batch_quantity": "BatchQuantityChanged",
}
"""What a POST becomes."""

LineKey = tuple[str, str]
"""Its sku, its order."""


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
        )

    def __str__(self) -> str:
        return f"{self.type} {self.id} (seq {self.seq})"

    @property
    def line(self) -> LineKey:
        """The line that it is about."""
        return self.body["sku"], self.body["orderid"]


@dataclass(frozen=True)
class Records:
    """Everything there is to know in the end."""

    ledger: Ledger
    observations: Observations
    mailed: Sequence[str] | None = None
    """The ids of the messages whose mail was delivered, as often as it was, if that is known."""
    faults: Sequence[str] = field(default=())
    """Log lines of servers that should never be there."""
    mails_in_order: bool = False
    """Whether the mails of a product must have arrived in the order of the log."""
    answer_by_log: Callable[[Entry], Any] | None = None
    """The body of an answer as the log has it, where answers are not HTTP's."""

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
    def lines(self) -> dict[LineKey, Row]:
        """The order lines in the table."""
        return {(row["sku"], row["orderid"]): row for row in self.ledger.lines}

    @cached_property
    def batches(self) -> dict[str, Row]:
        """The batches in the table."""
        return {row["reference"]: row for row in self.ledger.batches}

    @cached_property
    def asked_lines(self) -> dict[LineKey, int]:
        """The quantities of all lines that were accepted, over HTTP or from a file."""
        bodies = [
            call.operation.request.body
            for call in self.observations.calls
            if call.done and call.operation.request.path == "/allocate"
        ]
        asked = {(body["sku"], body["orderid"]): int(body["qty"]) for body in bodies}
        from_files = {(r["sku"], r["orderid"]): int(r["qty"]) for r in self.observations.imported}
        return asked | from_files

    def of_type(self, *types: str, status: str = "handled") -> Iterator[Entry]:
        """The messages of these types that have this status, in the order of the log."""
        return (entry for entry in self.entries if entry.type in types and entry.status == status)

    def takings(self) -> Iterator[tuple[Entry, LineKey]]:
        """Every time that a line was taken off a batch, and the fact that tells it."""
        for fact in self.of_type("Deallocated"):
            yield fact, fact.line


def _grouped(pairs: Iterable[tuple[str, Entry]]) -> dict[str, list[Entry]]:
    groups = defaultdict[str, list[Entry]](list)
    for key, entry in pairs:
        groups[key].append(entry)
    return groups
