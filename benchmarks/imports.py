"""`allocation import`, run as a user runs it."""

import csv
import itertools
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.children import OURS, ROOT, environment


@dataclass(frozen=True, slots=True)
class Imported:
    """One file, from the start of the command to its end."""

    lines: int
    seconds: float
    peak_mb: float
    """The most memory, in millions of bytes, that the command had."""

    @property
    def per_second(self) -> float:
        """Lines."""
        return self.lines / self.seconds


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """A CSV file; how many rows it has."""
    numbers = itertools.count()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(row for row, _ in zip(rows, numbers, strict=False))
    return next(numbers)


def run_import(what: str, path: Path, lines: int, url: str, *options: str) -> Imported:
    """Import a file of `batches` or `orders`, all of which must be accepted."""
    command = [sys.executable, *OURS, "import", what, str(path), "--database", url, *options]
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", _AND_ITS_PEAK, *command],
        cwd=ROOT,
        env=environment({}),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        output = process.stdout.read() if process.stdout else ""
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"import {what} {path} has failed: {output}")
    return Imported(lines, seconds, int(output.split()[-1]) / 1e6)


# A process counts what its parent had when it was started: so that of a small one counts.
_AND_ITS_PEAK: Final = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
unit = 1 if sys.platform == "darwin" else 1024
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)
sys.exit(ended.returncode)
"""
