"""Corrupted records, in which the audit must find something."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.chaos.audit import Records
from tests.chaos.observations import Observations
from tests.support.ledger import Ledger, Row

Which = Callable[[Row], bool]


@dataclass
class Corrupted:
    """A copy of records that can be changed in any way."""

    ledger: Ledger
    observations: Observations
    mailed: list[str]
    faults: list[str]

    @classmethod
    def copy_of(cls, records: Records) -> "Corrupted":
        """Not yet changed."""
        observations, noted = Observations(), records.observations
        observations.calls, observations.repeats = list(noted.calls), list(noted.repeats)
        observations.imported = list(noted.imported)
        return cls(copy.deepcopy(records.ledger), observations, list(records.mailed or ()), [])

    @property
    def records(self) -> Records:
        """What the audit is given."""
        return Records(self.ledger, self.observations, self.mailed, self.faults)

    def change(self, table: str, which: Which, **new: Any) -> None:
        """Give the first such row other values."""
        self.first(table, which).update(new)

    def remove(self, table: str, which: Which) -> None:
        """Take the first such row away."""
        self.rows(table).remove(self.first(table, which))

    def add(self, table: str, which: Which, **new: Any) -> None:
        """Add a row like the first such row, but for these values."""
        self.rows(table).append({**self.first(table, which), **new})

    def swap(self, table: str, one: Which, other: Which, name: str) -> None:
        """Let two rows have each other's value."""
        first, second = self.first(table, one), self.first(table, other)
        first[name], second[name] = second[name], first[name]
        self.rows(table).sort(key=lambda row: row.get("seq", 0))

    def answer(self, key: str, **new: Any) -> None:
        """Let a caller have been told something else."""
        calls = self.observations.calls
        place = next(n for n, call in enumerate(calls) if call.key == key)
        calls[place] = replace(calls[place], answer=replace(calls[place].answer, **new))

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        rows: list[Row] = getattr(self.ledger, table)
        return rows

    def first(self, table: str, which: Which) -> Row:
        """The first such row."""
        return next(row for row in self.rows(table) if which(row))
