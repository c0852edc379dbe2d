"""Figures: what a benchmark returns. Data only; `tables` shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure measured several times in one run: the machine's noise is seen in it."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of the values that were measured, of which there must be one."""
        return cls(median(values), min(values), max(values))


Cell = str | int | float | Spread | None
"""What a field of a row may be; None is not measured, or does not apply."""


@dataclass(frozen=True, slots=True)
class Row:
    """One point. A subclass for each kind of table; the fields' names are the columns'."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind, and what they tell."""

    name: str
    about: str
    rows: tuple[Row, ...]


def met(figure: float, bar: float) -> str:
    """Whether a figure that must not be above a bar is not."""
    return "met" if figure <= bar else "NOT met"


def between(measured: Sequence[float], compared_with: Sequence[float]) -> Spread:
    """The ratios of what was measured in turn: a, c, a, c, a.

    Each measurement is divided by the mean of the two around it, so that a machine that
    grows slower or faster meanwhile does not show. The ratio to nothing is infinite: on a
    crowded machine a quick measurement may have ended before the first answer.
    """
    means = [(a + b) / 2 for a, b in pairwise(compared_with)]
    return Spread.of(
        [value / mean if mean else inf for value, mean in zip(measured, means, strict=True)]
    )
