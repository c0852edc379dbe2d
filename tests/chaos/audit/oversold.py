"""Oversold: more is promised than there is, or the counters do not tell what is promised."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.audit.records import Records


def oversold(records: Records) -> Iterator[str]:
    """The counter of every batch is the sum of its lines, and within what it holds."""
    promised: Counter[str] = Counter()
    for line in records.ledger.lines:
        if line["state"] != "allocated":
            continue
        batch = records.batches.get(line["batchref"])
        promised[line["batchref"]] += line["qty"]
        if batch is not None and batch["sku"] != line["sku"]:
            yield f"the line {line['sku'], line['orderid']} is promised from another sku: {batch}"
    for batch in records.ledger.batches:
        ref, counter = batch["reference"], batch["allocated_quantity"]
        holds = batch["purchased_quantity"]
        if counter != promised[ref]:
            yield f"the batch {ref} counts {counter} units promised, its lines {promised[ref]}"
        if not 0 <= counter <= holds or promised[ref] > holds:
            yield f"the batch {ref} holds {holds} units, of {max(counter, promised[ref])} promised"
