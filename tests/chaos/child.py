"""Real processes that report the leak with the real application, and are killed by it.

A script. Every line on standard input is a database's URL and a point, separated by a
tab: a process is forked for it, which knows nothing of those before it, and its exit
status (the negative number of the signal that ended it) is written to standard output.
Forked, because Python and its libraries take most of a second to start.
"""

import os
import sys

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from tests.chaos.killing_store import Fuse, KillingDatabase, KillingStore
from tests.chaos.leak import BOUND, report_the_leak


def run_into(url: str, point: str) -> None:
    """End at the point; whoever gets past it has missed it."""
    fuse = Fuse(point)
    store = KillingStore(KillingDatabase(url, fuse), fuse)
    report_the_leak(bootstrap(Settings(url), store=store, max_group_size=BOUND))


def fork_and_wait(url: str, point: str) -> int:
    """How a process of its own has ended."""
    pid = os.fork()
    if pid == 0:
        try:
            run_into(url, point)
        finally:
            os._exit(0)  # not the parent's way out
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Take orders until nobody gives any."""
    for order in sys.stdin:
        print(fork_and_wait(*order.rstrip("\n").split("\t")), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
