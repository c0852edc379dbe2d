"""`python -m benchmarks [NAME ...] [--quick | --short] [--json [PATH]]`: what `make bench` runs."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import machine, progress, tables
from benchmarks.bench import Bench
from benchmarks.databases import Databases
from benchmarks.effort import FULL, QUICK, SHORT
from benchmarks.registry import BENCHMARKS, measure


def main(words: Sequence[str] | None = None) -> None:
    """Run the selected benchmarks, and print the results."""
    asked = _parser().parse_args(words)
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"unknown benchmark {', '.join(unknown)}; choose from {', '.join(BENCHMARKS)}")
    if asked.json:
        # So that a figure is not lost for want of a folder, minutes later.
        asked.json.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="allocation-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
        with Databases(folder) as databases:
            bench = Bench(asked.effort, databases, folder)
            results = _run(bench, asked.names or list(BENCHMARKS), as_text=asked.json != STDOUT)
    if asked.json == STDOUT:
        print(json.dumps(results, indent=1))
    elif asked.json:
        asked.json.write_text(json.dumps(results, indent=1))


STDOUT = Path("-")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument(
        "--quick",
        action="store_const",
        dest="effort",
        const=QUICK,
        default=FULL,
        help="only check that the benchmarks work",
    )
    effort.add_argument(
        "--short",
        action="store_const",
        dest="effort",
        const=SHORT,
        help="measure everything once",
    )
    parser.add_argument(
        "--json",
        type=Path,
        nargs="?",
        const=STDOUT,
        metavar="PATH",
        help="write JSON to a file, or to standard output",
    )
    return parser


def _run(bench: Bench, names: Sequence[str], *, as_text: bool) -> dict[str, Any]:
    about = machine.facts(bench.folder, bench.databases.postgres.version)
    if as_text:
        print("\n".join(f"{fact:>11}: {value}" for fact, value in asdict(about).items()), "\n")
    if about.in_memory:
        progress.tell(
            f"WARNING: {about.folder} is not on a disk, so commits cost nothing: set TMPDIR"
        )
    results: dict[str, list[Any]] = {}
    for name in names:
        progress.tell(f"benchmark {name}")
        results[name] = []
        for table in measure(name, bench):
            results[name].append(tables.as_data(table))
            if as_text:
                print(tables.as_text(table), flush=True)
    return {"machine": asdict(about), "benchmarks": results}


if __name__ == "__main__":
    main()
