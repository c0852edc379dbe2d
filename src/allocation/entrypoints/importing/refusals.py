"""The refused rows of a dry run, which writes no file of them."""

from typing import Final

from allocation.entrypoints.table_files.layout import Row

LISTED: Final = 20
"""The maximum number of refused rows that are listed."""


class ListedRefusals:
    """Counts refused rows, and lists the first of them.

    Attributes:
        count: how many rows are refused.
        first: the first of them, with the reasons.
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []

    def add(self, row: Row, reason: str) -> None:
        """Note a refused row."""
        self.count += 1
        if self.count <= LISTED:
            self.first.append(f"line {row.number}: {reason}")
