"""Figures as text and as JSON."""

from dataclasses import asdict, fields
from typing import Any

from benchmarks.figures import Cell, Spread, Table


def as_text(table: Table) -> str:
    """A table with its columns in line; what no row has is left out."""
    names = [
        field.name
        for field in fields(table.rows[0])
        if any(getattr(row, field.name) is not None for row in table.rows)
    ]
    cells = [[_shown(getattr(row, name)) for name in names] for row in table.rows]
    heads = [name.replace("_", " ").replace(" per second", "/s") for name in names]
    widths = [
        max(len(head), *(len(row[column]) for row in cells)) for column, head in enumerate(heads)
    ]
    left = [any(isinstance(getattr(row, name), str) for row in table.rows) for name in names]
    lines = [_line(row, widths, left) for row in (heads, *cells)]
    return "\n".join([f"## {table.name}", *_wrapped(table.about), "", *lines, ""])


def as_data(table: Table) -> dict[str, Any]:
    """What JSON can hold."""
    return {"name": table.name, "about": table.about, "rows": [asdict(row) for row in table.rows]}


def _line(cells: list[str], widths: list[int], left: list[bool]) -> str:
    return "  ".join(
        cell.ljust(width) if is_text else cell.rjust(width)
        for cell, width, is_text in zip(cells, widths, left, strict=True)
    ).rstrip()


def _wrapped(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, Spread):
        if cell.lowest == cell.highest:
            return _number(cell.median)
        return f"{_number(cell.median)} ({_number(cell.lowest)}..{_number(cell.highest)})"
    return cell if isinstance(cell, str) else _number(cell)


def _number(value: float) -> str:
    """Three digits that count: 12,345 and 123 and 12.3 and 1.23 and 0.123."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"
