"""`make bench`: the figures as a table, or with --json as JSON."""

import json
import sys
from dataclasses import asdict

from benchmarks import history


def main() -> None:
    """Measure, and print what was measured."""
    as_json = "--json" in sys.argv[1:]
    rows = []
    if not as_json:
        print("Lines of history on one sku, durable SQLite, messages taken in groups of 256")
        print(
            f"{'history':>9} {'allocations/s':>14} {'ratio':>6} {'lose ten lines':>15} {'ratio':>6}"
        )
    for figures in history.measure():
        rows.append(figures)
        first = rows[0]
        speed = figures.allocations_per_second / first.allocations_per_second
        cost = figures.milliseconds_to_lose_ten_lines / first.milliseconds_to_lose_ten_lines
        if not as_json:
            print(
                f"{figures.history:>9,} {figures.allocations_per_second:>14,.0f} {speed:>6.2f}"
                f" {figures.milliseconds_to_lose_ten_lines:>12.1f} ms {cost:>6.2f}",
                flush=True,
            )
    if as_json:
        print(json.dumps({"history": [asdict(figures) for figures in rows]}))


main()
