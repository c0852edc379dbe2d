"""`python -m tests.chaos.rig`: a full run, as long as one likes."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.clocked import SKIPPING
from tests.chaos.rig.run import RigOptions, run
from tests.chaos.rig.summary import summary


def main() -> int:
    """Exit code 0 when every promise was kept, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.rig", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--events", type=int, default=100, help="kills and pauses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--steady", action="store_true", help="no clock jumps; the log is put to the domain alone"
    )
    parser.add_argument(
        "--bug", choices=(SKIPPING,), default="", help="one that the run must find in the servers"
    )
    parser.add_argument("--quiet", action="store_true", help="tell the summary only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rig-") as folder:
        tell = (lambda _: None) if asked.quiet else _print
        what = RigOptions(asked.database, asked.events, asked.seed, asked.steady, asked.bug)
        outcome = run(what, Path(folder), tell)
        _print(summary(outcome))
    return int(any(outcome.findings.values()))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
