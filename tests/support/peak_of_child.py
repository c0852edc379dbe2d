"""Runs a command, and says how much memory, in bytes, it had at the most.

A script. Small itself: a process counts what its parent had when it was started, and
that of the tests is large.
"""

import resource
import subprocess
import sys


def main() -> None:
    """Run what the arguments say."""
    subprocess.run(sys.argv[1:], check=False, stderr=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(peak * (1 if sys.platform == "darwin" else 1024))  # noqa: T201


if __name__ == "__main__":
    main()
