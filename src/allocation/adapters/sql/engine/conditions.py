"""SQL conditions that are checked for every new row."""

from collections.abc import Iterable


def is_one_of(column: str, values: Iterable[str]) -> str:
    """The condition that a column has one of these values; put the most frequent one first.

    SQLite looks up more than two values of an `IN` in a temporary table: for the constraint and
    the indexes of the log, that was a third of the time in which it inserts a message (ADR 38).
    """
    comparisons = [f"{column} = '{value}'" for value in values]
    return f"({' OR '.join(comparisons)})"
