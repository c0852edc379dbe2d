"""`python -m tests.chaos.simulation SEED ...`: simulate the histories of these seeds."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.simulation.many import failures, places
from tests.chaos.simulation.world import World
from tests.support.databases import SQLite


def main() -> int:
    """Exit code 0 when nothing was wrong, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.simulation", description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, metavar="SEED", help="shown step by step")
    parser.add_argument("--first", type=int, default=0, help="the first seed of many")
    parser.add_argument("--many", type=int, default=10_000, help="the number of seeds (10,000)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of in memory")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="simulation-") as folder:
        template = SQLite(Path(folder)).template if asked.sqlite else None
        if asked.seeds:
            return sum(_failed(World(seed, places(template)())) for seed in asked.seeds) and 1
        failed = failures(range(asked.first, asked.first + asked.many), template)
    for seed, findings in failed.items():
        sys.stdout.write(f"seed {seed}:\n" + "".join(f"  {finding}\n" for finding in findings))
    sys.stdout.write(f"{asked.many:,} histories, {len(failed)} failures\n")
    return int(bool(failed))


def _failed(world: World) -> bool:
    findings = world.run()
    sys.stdout.write("\n".join([f"seed {world.seed}", *world.trace, *findings, ""]))
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
