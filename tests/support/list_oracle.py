"""What the lists are to show, computed in plain Python from all rows of the tables."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products

Row = dict[str, Any]
Filters = Mapping[str, str]


@dataclass(frozen=True)
class Recorded:
    """All rows of the tables, and the date today."""

    today: date
    skus: list[str]
    batches: dict[str, Row]
    lines: list[Row]

    @classmethod
    def of(cls, database: Database, today: date) -> "Recorded":
        """Read them."""
        with database.reading() as connection:
            skus = [row.sku for row in connection.execute(select(products))]
            stock = [dict(row._mapping) for row in connection.execute(select(batches))]
            lines = [dict(row._mapping) for row in connection.execute(select(order_lines))]
        return cls(today, skus, {row["reference"]: row for row in stock}, lines)

    def in_state(self, state: str) -> Iterator[Row]:
        """The parts in a state."""
        return (line for line in self.lines if line["state"] == state)

    def is_late(self, line: Row) -> bool:
        """Whether an allocated part comes too late."""
        eta = self.batches[line["batchref"]]["eta"]
        due = line["due"]
        return eta is not None and (eta < self.today or (due is not None and due < eta))


def _batch(row: Row) -> Row:
    free = row["purchased_quantity"] - row["allocated_quantity"]
    status = "cancelled" if row["cancelled"] else "blocked" if row["blocked"] else "available"
    return {
        "batchref": row["reference"],
        "sku": row["sku"],
        "status": status,
        "eta": row["eta"],
        "announced_eta": row["initial_eta"],
        "purchased_quantity": row["purchased_quantity"],
        "allocated_quantity": row["allocated_quantity"],
        "available_quantity": 0 if row["blocked"] else free,
        "blocked_quantity": free if row["blocked"] else 0,
    }


def _batches(recorded: Recorded) -> Iterator[Row]:
    for row in recorded.batches.values():
        yield {**_batch(row), "received_from": row["received_from"]}


def _shipments(recorded: Recorded) -> Iterator[Row]:
    for row in recorded.batches.values():
        if row["eta"] is not None and row["purchased_quantity"]:
            yield {**_batch(row), "overdue": row["eta"] < recorded.today}


def _products(recorded: Recorded) -> Iterator[Row]:
    for sku in recorded.skus:
        own = [row for row in recorded.batches.values() if row["sku"] == sku]
        free = [(row["eta"], _batch(row)["available_quantity"]) for row in own]
        coming = [(eta, qty) for eta, qty in free if eta is not None and eta >= recorded.today]
        queue = [line["qty"] for line in recorded.in_state("waiting") if line["sku"] == sku]
        yield {
            "sku": sku,
            "in_stock": sum(qty for eta, qty in free if eta is None),
            "on_the_way": sum(qty for _, qty in coming),
            "overdue": sum(qty for eta, qty in free if eta and eta < recorded.today),
            "next_eta": min((eta for eta, qty in coming if qty), default=None),
            "allocated": sum(row["allocated_quantity"] for row in own),
            "waiting_lines": len(queue),
            "waiting": sum(queue),
            **_units_in_all(own, recorded.today),
        }


def _units_in_all(own: list[Row], today: date) -> Row:
    units = [(row["eta"], row["purchased_quantity"]) for row in own]
    dated = [(eta, qty) for eta, qty in units if eta is not None]
    return {
        "on_hand": sum(qty for eta, qty in units if eta is None),
        "inbound": sum(qty for _, qty in dated),
        "inbound_overdue": sum(qty for eta, qty in dated if eta < today),
        "next_arrival": min((eta for eta, qty in dated if qty and eta >= today), default=None),
    }


def _orders(recorded: Recorded) -> Iterator[Row]:
    parts = defaultdict[str, list[Row]](list)
    for line in recorded.lines:
        parts[line["orderid"]].append(line)
    for orderid, lines in parts.items():
        units = {
            state: sum(line["qty"] for line in lines if line["state"] == state)
            for state in ("waiting", "allocated", "shipped", "cancelled")
        }
        allocated = [line for line in lines if line["state"] == "allocated"]
        etas = [recorded.batches[line["batchref"]]["eta"] for line in allocated]
        opened = [line for line in lines if line["state"] in OPEN]
        yield {
            "orderid": orderid,
            "status": next(state for state, qty in units.items() if qty),
            "lines": len({(line["sku"], line["line"]) for line in lines}),
            "ordered": sum(units.values()),
            **units,
            "latest_eta": None if units["waiting"] else max(filter(None, etas), default=None),
            "required_by": min(
                (line["required_by"] for line in opened if line["required_by"]), default=None
            ),
            "late": any(map(recorded.is_late, allocated)),
        }


def _line(line: Row, *others: str) -> Row:
    names = ("orderid", "sku", "line", "qty", "first_promised", "required_by", *others)
    return {name: line[name] for name in names}


def _backorders(recorded: Recorded) -> Iterator[Row]:
    for line in recorded.in_state("waiting"):
        whole = sum(
            part["qty"]
            for part in recorded.lines
            if all(part[name] == line[name] for name in ("orderid", "sku", "line"))
        )
        ordered = line["qty"] if line["ordered"] is None else line["ordered"]
        assert line["ordered"] is not None or whole == line["qty"]
        more = {"ordered": ordered, "split": bool(line["split"]), "_number": line["position"]}
        yield {**_line(line), **more}


def _late(recorded: Recorded) -> Iterator[Row]:
    for line in recorded.in_state("allocated"):
        if recorded.is_late(line):
            eta = recorded.batches[line["batchref"]]["eta"]
            more = {"eta": eta, "overdue": eta < recorded.today, "_number": line["promise"]}
            yield {**_line(line, "batchref", "due"), **more}


def _unshipped(recorded: Recorded) -> Iterator[Row]:
    for line in recorded.in_state("allocated"):
        batch, promised = recorded.batches[line["batchref"]], line["first_promised"]
        if batch["eta"] is None and not batch["blocked"]:
            days = 0 if promised is None else max(0, (recorded.today - promised).days)
            yield {**_line(line, "batchref"), "days": days, "_number": line["promise"]}


_EVERY: Final[Mapping[str, Callable[[Recorded], Iterable[Row]]]] = {
    "batches": _batches,
    "products": _products,
    "orders": _orders,
    "backorders": _backorders,
    "shipments": _shipments,
    "late": _late,
    "unshipped": _unshipped,
}
OPEN: Final = ("waiting", "allocated")
_COLUMNS: Final = {"ref": "batchref", "required": "required_by"}
"""The columns of filters, where they have not the names of the filters."""


def _lets_through(name: str, text: str, row: Row) -> bool:
    base, _, way = name.rpartition("_")
    value = row.get(_COLUMNS.get(base, base))
    match name, way:
        case "days", _:
            result = row["days"] >= int(text)
        case "in_stock", _:
            result = (row["eta"] is None) is (text == "true")
        case (("overdue" | "late"), _):
            result = row[name] is (text == "true")
        case "waiting", _:
            result = (row["waiting_lines"] > 0) is (text == "true")
        case "state", _:
            free = row["in_stock"] + row["on_the_way"] + row["overdue"]
            result = (text == "available") is (free > 0)
        case _, "prefix":
            result = str(value).startswith(text)
        case _, "from":
            result = value is not None and value >= date.fromisoformat(text)
        case _, "to":
            result = value is not None and value <= date.fromisoformat(text)
        case _:
            result = row[name] in (OPEN if text == "open" else (text,))
    return bool(result)


def _order(name: str, sort: str, row: Row) -> tuple[Any, ...]:
    if name in ("products", "backorders"):
        return row["sku"], row.get("_number", 0)
    if name == "orders":
        return (row["orderid"],)
    if sort == "ref":
        return row["batchref"], row.get("_number", 0)
    eta = row["eta"] or date.min
    return eta, row["batchref"], row.get("_number", 0)


def expected(recorded: Recorded, name: str, sort: str, filters: Filters) -> list[Row]:
    """The rows of a list, in order."""
    rows = [
        row
        for row in _EVERY[name](recorded)
        if all(_lets_through(each, text, row) for each, text in filters.items())
    ]
    rows.sort(key=lambda row: _order(name, sort, row))
    return [{key: value for key, value in row.items() if key != "_number"} for row in rows]
