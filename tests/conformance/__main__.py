"""`python -m tests.conformance`: as many examples as you like; see `--help`."""

import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conformance.run import conformance, new_key
from tests.support.serving import serving


def main() -> int:
    """Exit code 0 when nothing was found, else 1."""
    parser = ArgumentParser("tests.conformance", formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--examples", type=int, default=300, help="for each operation")
    parser.add_argument("--seed", type=int, default=1, help="what the examples are made of")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        database = f"sqlite:///{folder}/allocation.db"
        key = new_key(database)
        with serving(database, folder) as server:
            ended = conformance(
                server.address, folder, key=key, examples=options.examples, seed=options.seed
            )
    sys.stdout.write(ended.stdout + ended.stderr)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
