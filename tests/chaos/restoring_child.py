"""Restores that are killed: at the first thing done with files, at the second, and so on.

A script. Its argument is a folder with a folder `before` in it, which has a database,
`stock.db`, and a backup, `copy.db`. For every point a copy of that folder is made, and a process
is forked that is killed there. The last of them gets to the end.
"""

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

from allocation.bootstrap import restore
from allocation.config import Settings

POINTS = ("os.link", "os.rename", "os.remove", "os.chmod", "os.chown", "open", "sqlite3.connect")


def kill_at(number: int) -> None:
    """Kill this process before it does so many of these things."""
    seen = itertools.count()

    def hear(event: str, _: object) -> None:
        if event in POINTS and next(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


def main(folder: Path) -> None:
    """Until one gets to the end."""
    restore_in(shutil.copytree(folder / "before", folder / "warm"))  # imports all that is needed
    shutil.rmtree(folder / "warm")
    for number in itertools.count():
        here = shutil.copytree(folder / "before", folder / str(number))
        pid = os.fork()
        if pid == 0:
            kill_at(number)
            restore_in(here)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status == 0:
            return


def restore_in(folder: Path) -> None:
    """Put the backup of this folder in the place of its database."""
    restore(Settings(f"sqlite:///{folder}/stock.db"), folder / "copy.db", lambda _done, _of: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
