"""What is probably a mistake in a file, but refuses no row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

from allocation.entrypoints.importing.plans import Plan
from allocation.entrypoints.table_files.layout import Row
from allocation.views.spellings import SpellingViews

LISTED: Final = 5
"""The maximum number of examples of each kind."""

CHECKED: Final = 10_000
"""The number of skus that are remembered, so that each is looked up once."""

FAR: Final = timedelta(days=5 * 366)
"""A day that is so far ahead is probably a mistyped year."""


class Caution(Enum):
    """A kind of probable mistake: in words for one of them, and for several."""

    SPELLING = "sku differs from another one in case only", "skus differ from others in case only"
    PAST = "date is in the past", "dates are in the past"
    FAR = "date is more than five years ahead", "dates are more than five years ahead"
    TENFOLD = (
        "quantity is about ten times the last count",
        "quantities are about ten times the last counts",
    )
    RECEIVED = "shipment becomes stock", "shipments become stock"


@dataclass(frozen=True, slots=True)
class NotedCaution:
    """A kind of probable mistake that a file has: how often, and the first examples."""

    caution: Caution
    count: int
    examples: list[str]

    @property
    def words(self) -> str:
        """The mistakes in words, for their count."""
        return self.caution.value[0 if self.count == 1 else 1]

    @property
    def listed(self) -> str:
        """The first examples."""
        return ", ".join(self.examples) + (", …" if self.count > len(self.examples) else "")


class Cautions:
    """Collects and counts probable mistakes."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._counts = dict.fromkeys(Caution, 0)
        self._examples: dict[Caution, list[str]] = {caution: [] for caution in Caution}

    def note(self, caution: Caution, row: Row, value: str) -> None:
        """Note a probable mistake in a row."""
        self._counts[caution] += 1
        if len(examples := self._examples[caution]) < LISTED:
            examples.append(f"{value} (line {row.number})")

    def note_day(self, row: Row, day: date) -> None:
        """Note a day on which units are due or required if it is probably a mistake."""
        if day < self._today:
            self.note(Caution.PAST, row, str(day))
        elif day - self._today > FAR:
            self.note(Caution.FAR, row, str(day))

    def noted(self) -> Iterator[NotedCaution]:
        """The kinds of probable mistakes that the file has."""
        for caution, count in self._counts.items():
            if count:
                yield NotedCaution(caution, count, self._examples[caution])


class Spellings:
    """Compares the skus of a file with those of products, and with each other."""

    def __init__(self, views: SpellingViews, cautions: Cautions) -> None:
        self._views = views
        self._cautions = cautions
        self._checked: dict[str, None] = {}
        self._by_fold: dict[str, str] = {}
        """The first spelling in the file, by the spelling without case."""

    def check(self, plans: Iterable[Plan]) -> None:
        """Check the skus of a portion, which has not been handled yet."""
        unchecked: dict[str, Row] = {}
        for plan in plans:
            sku = getattr(plan.events[0], "sku", None) if plan.events else None
            if sku is not None and sku not in self._checked:
                unchecked.setdefault(sku, plan.row)
        if not unchecked:
            return
        if len(self._checked) > CHECKED:
            self._checked.clear()
            self._by_fold.clear()
        similar = self._views.like(unchecked)
        for sku, row in unchecked.items():
            self._checked[sku] = None
            products = similar.get(sku, [])
            first = self._by_fold.setdefault(sku.casefold(), sku)
            other = products[0] if products else first
            if sku not in products and other != sku:
                self._cautions.note(Caution.SPELLING, row, f"{sku} instead of {other}")
