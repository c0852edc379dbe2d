"""Oversold: more is promised than there is, or the counters do not tell what is promised."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.audit.records import Records
from tests.support.ledger import Row


def oversold(records: Records) -> Iterator[str]:
    """The counter of every batch is the sum of its lines, and within what it may hold."""
    promised: Counter[str] = Counter()
    for line in records.ledger.lines:
        if line["batchref"] is None:
            continue
        batch = records.batches.get(line["batchref"])
        if line["state"] == "allocated":
            promised[line["batchref"]] += line["qty"]
        if batch is not None and batch["sku"] != line["sku"]:
            yield f"the line {line['sku'], line['orderid']} is promised from another sku: {batch}"
    for batch in records.ledger.batches:
        yield from _counters(batch, promised[batch["reference"]])


def _counters(batch: Row, promised: int) -> Iterator[str]:
    ref, counter = batch["reference"], batch["allocated_quantity"]
    holds = batch["purchased_quantity"]
    if counter != promised:
        yield f"the batch {ref} counts {counter} units promised, its lines {promised}"
    if not 0 <= counter <= holds or promised > holds:
        yield f"the batch {ref} holds {holds} units, of {max(counter, promised)} promised"
    if batch["blocked"] and counter:
        yield f"the batch {ref} is blocked, and {counter} units of it are promised"
    if batch["cancelled"] and holds:
        yield f"the batch {ref} is cancelled, and holds {holds} units"
