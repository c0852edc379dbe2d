"""Runs a command, and says how much memory, in bytes, it had at the most.

Also a script, which is small itself: a process counts what its parent had when it was started,
and that of the tests is large.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path


def peak_of(*words: str, cwd: Path) -> tuple[int, str]:
    """The most memory that a command had, and what it has said on standard output."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ALLOCATION_")}
    ended = subprocess.run(
        [sys.executable, __file__, *words],
        cwd=cwd,
        env={**ours, "TERM": "dumb", "COLUMNS": "200"},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    output, _, peak = ended.stdout.rstrip("\n").rpartition("\n")
    return int(peak), output


def main() -> None:
    """Run what the arguments say."""
    subprocess.run(sys.argv[1:], check=False, stderr=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(peak * (1 if sys.platform == "darwin" else 1024))  # noqa: T201


if __name__ == "__main__":
    main()
