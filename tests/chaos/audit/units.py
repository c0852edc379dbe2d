"""How many units of each line are in each state, and on each batch: by the log, by the table."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from allocation.domain.ledger import (
    LineEvent,
    newly_allocated,
    newly_shipped,
    newly_waiting,
)
from tests.chaos.audit.records import LineKey, Records

_FACTS: Final = ("Allocated", "Deallocated", "Backordered", "Shipped", "Unshipped", "Cancelled")
_STATES: Final[dict[str, Callable[[LineEvent], int]]] = {
    "allocated": newly_allocated,
    "waiting": newly_waiting,
    "shipped": newly_shipped,
}

Place = tuple[LineKey, str, str | None]
"""A line, the state of its units, and their batch."""


def told_too_seldom(records: Records) -> Iterator[str]:
    """Lines with more units in a state than the log knows of."""
    for key, state, excess in _excesses(records):
        if excess < 0:
            yield f"the line {key} has more units {state} than the log tells ({-excess})"


def told_too_often(records: Records) -> Iterator[str]:
    """Lines that by the log have more units in a state than in the table."""
    for key, state, excess in _excesses(records):
        if excess > 0:
            yield f"the log tells of more units {state} of the line {key} than it has ({excess})"


def misplaced(records: Records) -> Iterator[str]:
    """Lines on another batch than the one that was promised last."""
    last = {entry.line: entry for entry in records.of_type("Allocated")}
    explained = units_by_log(records)
    for place, qty in units_by_table(records).items():
        key, state, batchref = place
        if explained[place] != qty and key in last:
            yield f"the line {key} is {state} on {batchref}, but the last word is {last[key]}"


def units_by_log(records: Records) -> Counter[Place]:
    """The sums of the facts."""
    units = Counter[Place]()
    for entry in records.of_type(*_FACTS):
        for state, newly in _STATES.items():
            if qty := newly(entry.message):
                batchref = None if state == "waiting" else entry.body["batchref"]
                units[entry.line, state, batchref] += qty
    return units


def units_by_table(records: Records) -> Counter[Place]:
    """The parts; the log does not tell how many cancelled units a line has after a change."""
    units = Counter[Place]()
    for key, parts in records.lines.items():
        for part in parts:
            if part["state"] in _STATES:
                units[key, part["state"], part["batchref"]] += part["qty"]
    return units


def _excesses(records: Records) -> Iterator[tuple[LineKey, str, int]]:
    """By how many units the log exceeds the table, for each line and state."""
    excesses = Counter[tuple[LineKey, str]]()
    for (key, state, _), qty in units_by_log(records).items():
        excesses[key, state] += qty
    for (key, state, _), qty in units_by_table(records).items():
        excesses[key, state] -= qty
    for (key, state), excess in excesses.items():
        yield key, state, excess
