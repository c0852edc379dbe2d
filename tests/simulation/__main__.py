"""`python -m tests.simulation SEED ...`: let these histories take place, and tell them."""

import argparse
import sys

from tests.simulation.many import failures
from tests.simulation.world import World


def main() -> int:
    """Exit code 0 when nothing was wrong, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, metavar="SEED", help="told step by step")
    parser.add_argument("--first", type=int, default=0, help="of many that are not told")
    parser.add_argument("--many", type=int, default=10_000, help="how many; 10,000 if not said")
    asked = parser.parse_args()
    if not asked.seeds:
        failed = failures(asked.first, asked.many)
        for seed, findings in failed.items():
            sys.stdout.write(f"seed {seed}:\n" + "".join(f"  {finding}\n" for finding in findings))
        sys.stdout.write(f"{asked.many:,} histories, {len(failed)} failures\n")
        return int(bool(failed))
    failed_here = [seed for seed in asked.seeds if _failed(seed)]
    return int(bool(failed_here))


def _failed(seed: int) -> bool:
    world = World(seed)
    findings = world.run()
    sys.stdout.write("\n".join([f"seed {seed}", *world.trace, *findings, ""]))
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
