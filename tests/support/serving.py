"""A real `allocation serve`, on a port that the system chooses."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, Final

from tests.support.commands import COMMAND, an_environment
from tests.support.waiting import TIMEOUT, wait_until

_ADDRESS: Final = re.compile(r"Serving .* on (http://127\.0\.0\.1:\d+) \(API: /docs\)")


class Server:
    """The process, and what it has said on standard error."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.output: list[str] = []
        self.serves_at: str | None = None
        """Its address, once it has said so."""
        assert process.stderr is not None
        self._listener = Thread(target=self._listen, args=(process.stderr,), daemon=True)
        self._listener.start()

    @property
    def address(self) -> str:
        """Where it serves, once it says so."""
        return wait_until(self._address_or_end, "the server says where it serves")

    def terminate(self) -> int:
        """Ask it to end, as an operator does (SIGTERM); its exit code."""
        self.process.terminate()
        return self.ended()

    def kill(self) -> int:
        """End it at once, as `kill -9` does; its exit code."""
        self.process.kill()
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended and all that it said has been heard."""
        code = self.process.wait(timeout=TIMEOUT)
        self._listener.join(timeout=TIMEOUT)
        return code

    def _listen(self, stderr: IO[str]) -> None:
        for line in stderr:
            self.output.append(line)
            if self.serves_at is None and (match := _ADDRESS.search(line)):
                self.serves_at = match[1]

    def _address_or_end(self) -> str | None:
        if self.process.poll() is not None:
            self.ended()
            raise AssertionError(f"the server ended without serving: {self.output}")
        return self.serves_at


@contextmanager
def starting(
    database: str | None,
    cwd: Path,
    *,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = (COMMAND,),
    ulimit: str | None = None,
) -> Iterator[Server]:
    """A server that has been started and may not serve yet; it does not outlive this.

    Without a `database` it takes its default, a file in `cwd`. It has the `ulimit` that is said,
    as `-n 1024` for so many open files and connections.
    """
    words = [*command, "serve", "--port", str(port)]
    words += [] if database is None else ["--database", database]
    if ulimit is not None:
        words = ["sh", "-c", f'ulimit {ulimit}; exec "$@"', "sh", *words]
    with running(words, cwd, settings=settings) as server:
        yield server


@contextmanager
def running(
    words: Sequence[str], cwd: Path, *, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The same, of a command that serves as `allocation serve` does."""
    with subprocess.Popen(
        words, cwd=cwd, env=an_environment(**(settings or {})), stderr=subprocess.PIPE, text=True
    ) as process:
        server = Server(process)
        try:
            yield server
        finally:
            if process.poll() is None:
                server.kill()
            server.ended()


@contextmanager
def serving(
    database: str | None,
    cwd: Path,
    *,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = (COMMAND,),
    ulimit: str | None = None,
) -> Iterator[Server]:
    """A server that serves."""
    with starting(database, cwd, settings=settings, command=command, ulimit=ulimit) as server:
        assert server.address
        yield server
