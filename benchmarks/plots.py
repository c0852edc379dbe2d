"""`python -m benchmarks.plots FIGURES.json`: Mermaid charts for benchmarks/DIARY.md."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


def charts(results: dict[str, Any]) -> Iterator[str]:
    """Of the benchmarks that were measured, those for which there is one."""
    for name, draw in _CHARTS.items():
        for table in results["benchmarks"].get(name, []):
            # Those at a rate that was asked for are about latency.
            if rows := [row for row in table["rows"] if not row.get("offered_per_second")]:
                yield draw(rows)


def chart(title: str, x: Sequence[object], of: str, lines: Mapping[str, Sequence[float]]) -> str:
    """One chart; what its lines are stands under it, in their order."""
    names = ", ".join(f'"{value:,}"' if isinstance(value, int) else f'"{value}"' for value in x)
    drawn = [f"    line [{', '.join(map(_number, ys))}]" for ys in lines.values()]
    top = _number(1.1 * max(max(ys) for ys in lines.values()))
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            f'    title "{title}"',
            f"    x-axis [{names}]",
            f'    y-axis "{of}" 0 --> {top}',
            *drawn,
            "```",
            "",
            f"Lines: {'; '.join(lines)}.",
            "",
        ]
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _rates(rows: Rows, x: str, title: str) -> str:
    """A line for each server and database, over what stands in this column."""
    rates: dict[str, dict[Any, float]] = {}
    for row in rows:
        name = " on ".join(filter(None, (row["server"], row["database"])))
        rates.setdefault(name, {})[row[x]] = row["per_second"]["median"]
    values = sorted({value for line in rates.values() for value in line if value is not None})
    whole = {name: line for name, line in rates.items() if all(v in line for v in values)}
    lines = {name: [line[v] for v in values] for name, line in whole.items()}
    return chart(title, values, "a second", lines)


def _clients(rows: Rows) -> str:
    return _rates(rows, "clients", "Requests a second, by clients at once")


def _history(rows: Rows) -> str:
    return _rates(rows, "history", "Requests a second, by lines of history a sku")


def _resize(rows: Rows) -> str:
    lines: dict[str, list[float]] = {}
    for row in rows:
        lines.setdefault(f"{row['correction']} on {row['database']}", []).append(row["ms"])
    sizes = sorted({row["lines"] for row in rows})
    return chart("A correction by ten, by lines of the batch or queue", sizes, "ms", lines)


def _memory(rows: Rows) -> str:
    sizes, held = [row["lines"] for row in rows], [row["memory_mb"] for row in rows]
    return chart("Memory of one process, by lines allocated", sizes, "MB", {"memory": held})


_CHARTS: dict[str, Callable[[Rows], str]] = {
    "allocate": _clients,
    "history": _history,
    "baseline": lambda rows: _history([row for row in rows if row["skus"] > 1]),
    "resize": _resize,
    "memory": _memory,
}


if __name__ == "__main__":
    for drawn in charts(json.loads(Path(sys.argv[1]).read_text())):
        print(drawn)
