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
FAST_PATH: Final = ("-m", "benchmarks.servers.ceiling", "fast-path")
ASGI: Final = ("-m", "benchmarks.servers.ceiling", "asgi")
BASELINE: Final = ("-m", "benchmarks.baseline")

TIMEOUT: Final = 30.0
"""Seconds within which a server must serve."""

_ADDRESS: Final = re.compile(r"on http://127\.0\.0\.1:(\d+)")
_KEY: Final = re.compile(r"alk_[0-9a-f]{12}_[0-9A-Za-z_-]{43}")
_numbers: Final = count(1)


@dataclass(slots=True)
class Server:
    """A server that has been started; `all_ready` waits until it serves."""

    name: str
    process: "subprocess.Popen[bytes]"
    log_file: Path
    """What it has written to standard error."""
    port: int = 0
    key: str | None = None
    """The access key of all requests."""

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def trouble(self) -> RuntimeError:
        """Tells that it does not serve, with the end of what it said."""
        return RuntimeError(f"{self.name} does not serve:\n{self.log_file.read_text()[-2000:]}")


_running: Final[list[Server]] = []


@contextmanager
def serving(
    name: str, words: Sequence[str], url: str, folder: Path, **variables: str
) -> Iterator[Server]:
    """Run `python WORDS serve` on this database; killed when this ends, for nobody needs it."""
    command = [sys.executable, *words, "serve", "--port", "0", "--database", url]
    log = folder / f"server-{next(_numbers)}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(variables), stderr=stderr)
    server = Server(name, process, log)
    _running.append(server)
    try:
        yield server
        if process.poll() is not None:
            raise server.trouble()
    finally:
        _running.remove(server)
        process.kill()
        process.wait()


def new_key(url: str) -> str:
    """Create an access key in this database, which permits everything."""
    words = ("keys", "create", "bench", "--scope", "admin", "--database", url)
    command = [sys.executable, *OURS, *words]
    output = subprocess.run(
        command, cwd=ROOT, env=environment({}), capture_output=True, check=True, text=True
    ).stdout
    match = _KEY.search(output)
    if match is None:
        raise RuntimeError("`allocation keys create` did not print a key")
    return match[0]


def all_ready() -> None:
    """Wait until all servers serve: one that still starts would disturb the measurement."""
    deadline = time.monotonic() + TIMEOUT
    for server in _running:
        while not server.port:
            if match := _ADDRESS.search(server.log_file.read_text()):
                server.port = int(match[1])
            elif time.monotonic() > deadline or server.process.poll() is not None:
                raise server.trouble()
            else:
                time.sleep(0.02)


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Ours, without settings of the application that somebody has made."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ALLOCATION_")}
    return {**ours, "TERM": "dumb", "COLUMNS": "1000", **variables}
