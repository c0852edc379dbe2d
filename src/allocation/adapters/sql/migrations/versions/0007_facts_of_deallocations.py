"""Deallocations become facts in the log; waiting lines get opening balances.

Until now, only the result of a correction named the orders whose lines it deallocated. Each of
these lines gets a fact `Deallocated`, appended to the log. The log did not explain waiting lines;
the lines that wait now become the opening balances.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

AT_ONCE = 1000

FINGERPRINTS = 2**63

encoder = msgspec.json.Encoder(order="deterministic")

messages = sa.table(
    "messages",
    *map(sa.column, ("seq", "id", "type", "body", "correlation_id", "causation_id")),
    *map(sa.column, ("fate", "results", "attempts", "sku")),
    sa.column("at", sa.DateTime(timezone=True)),
)
batches = sa.table("batches", sa.column("reference"), sa.column("sku"))
order_lines = sa.table(
    "order_lines", *map(sa.column, ("sku", "orderid", "qty", "batchref", "position"))
)
opening_backorders = sa.table(
    "opening_backorders", *map(sa.column, ("sku", "lines", "units", "fingerprint"))
)

Sums = dict[str, list[int]]
"""By sku: lines, units, fingerprint."""


def upgrade() -> None:
    """Create the table, and write the facts and balances that explain the history so far."""
    op.create_table(
        "opening_backorders",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("lines", COUNT, nullable=False),
        sa.Column("units", COUNT, nullable=False),
        sa.Column("fingerprint", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_opening_backorders")),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_opening_backorders_sku")),
    )
    # None for existing messages: the depth of unfinished chains is counted from here.
    op.add_column("messages", sa.Column("depth", sa.Integer()))
    sums: Sums = {}
    _write_deallocations(sums)
    _add_waiting_lines(sums)
    rows = [(sku, *of_sku) for sku, of_sku in sums.items() if any(of_sku)]
    if rows:
        keys = opening_backorders.c.keys()
        op.bulk_insert(opening_backorders, [dict(zip(keys, row, strict=True)) for row in rows])


def _write_deallocations(sums: Sums) -> None:
    """Write the facts; each adds a waiting line, which is subtracted from the opening balance."""
    last = op.get_bind().execute(sa.select(sa.func.max(messages.c.seq))).scalar() or 0
    for change in _corrections(last):
        facts = [_fact(change, *line) for line in _lines_taken_off(change)]
        for fact in facts:
            _add(sums, fact["sku"], fact["orderid"], fact["qty"], -1)
        rows = [_row(change, fact) for fact in facts]
        if rows:
            op.bulk_insert(messages, rows)


def _corrections(last: int) -> Iterator[Any]:
    """The handled corrections, in log order."""
    query = (
        sa.select(messages.c.seq, messages.c.id, messages.c.body, messages.c.results)
        .add_columns(messages.c.correlation_id)
        .where(messages.c.type == "BatchQuantityChanged", messages.c.fate == "handled")
        .where(messages.c.seq > sa.bindparam("after"), messages.c.seq <= last)
        .order_by(messages.c.seq)
        .limit(1)  # each may have deallocated very many lines
    )
    after = 0
    while (row := op.get_bind().execute(query, {"after": after}).one_or_none()) is not None:
        yield row
        after = row.seq


def _lines_taken_off(change: Any) -> Iterator[tuple[Any, str, int]]:
    """The sku, order id and quantity of each deallocated line, in the order of deallocation."""
    [orders] = msgspec.json.decode(change.results)
    ref = msgspec.json.decode(change.body)["ref"]
    sku = op.get_bind().execute(sa.select(batches.c.sku).where(batches.c.reference == ref)).scalar()
    for first in range(0, len(orders), AT_ONCE):
        portion = orders[first : first + AT_ONCE]
        these = order_lines.c.sku == sku, order_lines.c.orderid.in_(portion)
        query = sa.select(order_lines.c.orderid, order_lines.c.qty).where(*these)
        quantities = {row.orderid: row.qty for row in op.get_bind().execute(query)}
        yield from ((sku, order, quantities[order]) for order in portion if order in quantities)


def _fact(change: Any, sku: str, orderid: str, qty: int) -> dict[str, Any]:
    return {
        "orderid": orderid,
        "sku": sku,
        "qty": qty,
        "batchref": msgspec.json.decode(change.body)["ref"],
        "reason": "quantity changed",
    }


def _row(change: Any, fact: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "type": "Deallocated",
        "body": encoder.encode(fact).decode(),
        "correlation_id": change.correlation_id,
        "causation_id": change.id,
        "fate": "handled",
        "results": "[]",
        "attempts": 0,
        "sku": fact["sku"],
        "at": datetime.now(UTC),
    }


def _add_waiting_lines(sums: Sums) -> None:
    columns = order_lines.c.sku, order_lines.c.orderid, order_lines.c.qty
    query = sa.select(*columns).where(order_lines.c.batchref.is_(None))
    for sku, orderid, qty in op.get_bind().execute(query.execution_options(yield_per=AT_ONCE)):
        _add(sums, sku, orderid, qty, 1)


def _add(sums: Sums, sku: str, orderid: str, qty: int, times: int) -> None:
    of_sku = sums.setdefault(sku, [0, 0, 0])
    digest = blake2b(f"{orderid}\0{qty}".encode(), digest_size=8).digest()
    of_sku[0] += times
    of_sku[1] += times * qty
    of_sku[2] = (of_sku[2] + times * (int.from_bytes(digest) % FINGERPRINTS)) % FINGERPRINTS
