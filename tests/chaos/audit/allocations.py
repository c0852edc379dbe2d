"""Where the lines are, by the log: promised as often as it says, less as often taken off."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.audit.records import LineKey, Records


def placed_too_seldom(records: Records) -> Iterator[str]:
    """Lines that the log knows to be nowhere, though the table has them on a batch."""
    for key, excess in _excesses(records):
        if excess < 0:
            yield f"the line {key} is promised more often than the log tells ({-excess})"


def placed_too_often(records: Records) -> Iterator[str]:
    """Lines that by the log are promised twice, or promised and in the table as waiting."""
    for key, excess in _excesses(records):
        if excess > 0:
            yield f"the log promises the line {key} more often than the table ({excess})"


def misplaced(records: Records) -> Iterator[str]:
    """Lines on another batch than the one that was promised last."""
    last = {entry.line: entry for entry in records.of_type("Allocated")}
    for key, line in records.lines.items():
        promise = last.get(key)
        if line["batchref"] and promise and promise.body["batchref"] != line["batchref"]:
            yield f"the line {key} is on {line['batchref']}, but the last word is {promise}"


def _excesses(records: Records) -> Iterator[tuple[LineKey, int]]:
    promises = Counter(entry.line for entry in records.of_type("Allocated"))
    takings = Counter(key for _, key in records.takings())
    for key in promises.keys() | takings.keys() | records.lines.keys():
        line = records.lines.get(key)
        is_promised = line is not None and line["state"] == "allocated"
        yield key, promises[key] - takings[key] - is_promised
