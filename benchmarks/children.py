"""Servers in processes of their own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # comes without types

ROOT: Final = Path(__file__).parent.parent
"""The folder of the repository, from which `-m benchmarks.…` is found."""

OURS: Final = ("-m", "allocation")
LITESTAR: Final = ("-m", "benchmarks.servers.ceiling", "litestar")
ASGI: Final = ("-m", "benchmarks.servers.ceiling", "asgi")
BASELINE: Final = ("-m", "benchmarks.baseline")

PATIENCE: Final = 30.0
"""Seconds within which a server must serve."""

_ADDRESS: Final = re.compile(r"on http://127\.0\.0\.1:(\d+)")
_numbers: Final = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that serves."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def serving(name: str, words: Sequence[str], url: str, folder: Path) -> Iterator[Server]:
    """Run `python WORDS serve` on this database; killed when this ends, for nobody needs it."""
    command = [sys.executable, *words, "serve", "--port", "0", "--database", url]
    said = folder / f"server-{next(_numbers)}.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stderr=log)
    try:
        yield Server(name, _port(process, said), process)
        if process.poll() is not None:
            raise RuntimeError(f"{name} has ended:\n{said.read_text()[-2000:]}")
    finally:
        process.kill()
        process.wait()


def _port(process: "subprocess.Popen[bytes]", said: Path) -> int:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if found := _ADDRESS.search(said.read_text()):
            return int(found[1])
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} does not serve:\n{said.read_text()[-2000:]}")


def _environment() -> dict[str, str]:
    """Ours, without settings of the application that somebody has made."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ALLOCATION_")}
    return {**ours, "TERM": "dumb", "COLUMNS": "1000"}
