"""Order lines that are shipped or cancelled leave the tables with the last of their facts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, delete, select, text

from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.stock.line_facts import ATTRIBUTE, FACT_TYPES, LINE_FACTS, line_of_fact
from allocation.adapters.sql.stock.schema import order_lines, products

Line = tuple[str, str, str]
"""The order id, the sku and the name of a line."""

OPEN: Final = ("waiting", "allocated")

_PARTS: Final = select(
    order_lines.c.orderid, order_lines.c.sku, order_lines.c.line, order_lines.c.state
).where(order_lines.c.orderid.in_(bindparam("orderids", expanding=True)))
_LOCK: Final = (
    select(products.c.sku)
    .where(products.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(products.c.sku)
    .with_for_update()
)
_DELETE: Final = delete(order_lines).where(
    order_lines.c.orderid == bindparam("of_order"),
    order_lines.c.sku == bindparam("of_sku"),
    order_lines.c.line == bindparam("named"),
)


def _facts(dialect: str) -> Select[Any]:
    """The lines of facts of these orders, except the facts that are about to be deleted."""
    return select(*line_of_fact(dialect)).where(
        text(LINE_FACTS),
        ATTRIBUTE[dialect]("orderid").in_(bindparam("orderids", expanding=True)),
        messages.c.seq.not_in(bindparam("numbers", expanding=True)),
    )


_FACTS: Final[Mapping[str, Select[Any]]] = {dialect: _facts(dialect) for dialect in ATTRIBUTE}


def forget_closed_lines(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Delete the lines of which these rows of the log are the last facts, and no unit is open.

    The rows are about to be deleted. A group that handles messages about a line has locked its
    product; so the products are locked before the lines are deleted.
    """
    closed = _closed(connection, set(_lines_of(rows)))
    if not closed:
        return
    connection.execute(_LOCK, {"skus": sorted({sku for _, sku, _ in closed})})
    numbers = [row.seq for row in rows]
    forgotten = _closed(connection, closed) - _still_told(connection, closed, numbers)
    if forgotten:
        names = [{"of_order": o, "of_sku": s, "named": n} for o, s, n in sorted(forgotten)]
        connection.execute(_DELETE, names)


def _lines_of(rows: Iterable[Row[Any]]) -> Iterator[Line]:
    for row in rows:
        if row.type in FACT_TYPES:
            body = json.loads(row.body)
            yield body["orderid"], body["sku"], body.get("line") or ""


def _closed(connection: Connection, lines: set[Line]) -> set[Line]:
    """The subset of these lines that exist and have no open part."""
    if not lines:
        return set()
    states: dict[Line, set[str]] = {}
    for orderid, sku, line, state in connection.execute(_PARTS, _orders(lines)):
        states.setdefault((orderid, sku, line), set()).add(state)
    return {line for line in lines if line in states and states[line].isdisjoint(OPEN)}


def _still_told(connection: Connection, lines: set[Line], numbers: list[int]) -> set[Line]:
    """The lines of these orders of which the log keeps facts."""
    query = _FACTS[connection.dialect.name]
    rows = connection.execute(query, _orders(lines) | {"numbers": numbers})
    return {(orderid, sku, line) for orderid, sku, line in rows}


def _orders(lines: set[Line]) -> dict[str, Any]:
    return {"orderids": sorted({orderid for orderid, _, _ in lines})}
