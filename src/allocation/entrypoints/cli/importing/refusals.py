"""The refused rows of a dry run, which writes no file of them."""

from typing import Final

from allocation.entrypoints.cli.console import counted, err, safe
from allocation.entrypoints.table_files.layout import Row

LISTED: Final = 20
"""The refused rows that are listed."""


class ListedRefusals:
    """Counts refused rows, and lists the first of them.

    Attributes:
        count: how many rows are refused.
    """

    def __init__(self) -> None:
        self.count = 0
        self._first: list[str] = []

    def add(self, row: Row, reason: str) -> None:
        """Note a refused row."""
        self.count += 1
        if self.count <= LISTED:
            self._first.append(f"line {row.number}: {reason}")

    def print(self) -> None:
        """Print the first refused rows, and say if there are more."""
        for line in self._first:
            err.print(safe(line))
        if self.count > LISTED:
            rows = counted(self.count, "refused row", "refused rows")
            err.print(f"These are the first {LISTED} of {rows}.")
