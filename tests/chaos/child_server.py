"""Where the children that are to be killed come from."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]


class ChildServer:
    """Runs one child at a time; see `child`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def exit_code_at(self, point: str, url: str) -> int:
        """How a child ends that is to be killed at this point."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{url}\t{point}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def start_child_server() -> Iterator[ChildServer]:
    """Children as long as this is open."""
    command = [sys.executable, "-m", "tests.chaos.child"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield ChildServer(process)  # leaving closes its input, at which it ends
