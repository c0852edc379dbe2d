"""The servers of a run; each is started again when it has fallen."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.chaos import clocked
from tests.support.serving import Server, running
from tests.support.waiting import wait_until

TIMEOUT: Final = 120.0
"""Seconds for which a server may take to start, on a busy machine."""

SOON: Final = 30.0
"""Seconds within which a server ends that cannot go on."""

_A_FAULT: Final = re.compile(r"Traceback|a group failed|follow-up failed|message failed")


class SupervisedServer:
    """One server process after another, on the same settings."""

    def __init__(
        self, number: int, database: str, cwd: Path, settings: Mapping[str, str], bug: str = ""
    ) -> None:
        """`bug` is one that `clocked` can be given."""
        self._database = database
        self._bug = bug
        self._cwd = cwd
        self._clock = cwd / f"clock-{number}"
        self.set_clock(timedelta())
        self._settings = settings
        self._stack = ExitStack()
        self._server: Server | None = None
        self.output: list[str] = []
        """The output of the processes that have ended."""
        self.wrong_ends: list[str] = []
        """Processes that ended, or went on, as they should not have."""

    @property
    def running(self) -> Server:
        """The process that runs now."""
        assert self._server is not None, "the server has not been started"
        return self._server

    @property
    def address(self) -> str | None:
        """The address that callers use, whether the server answers or not."""
        return None if self._server is None else self._server.serves_at

    @property
    def pid(self) -> int:
        """Its process."""
        return self.running.process.pid

    def start(self) -> None:
        """Start a process; it may not serve yet."""
        command = [sys.executable, clocked.__file__, str(self._clock), "0", self._database]
        command += [self._bug] if self._bug else []
        self._server = self._stack.enter_context(
            running(command, self._cwd, settings=self._settings)
        )

    def set_clock(self, ahead: timedelta) -> None:
        """Set the clock of the process so much ahead, or back."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(ahead.total_seconds()))
        new.replace(self._clock)

    def slow_down(self, seconds: float) -> None:
        """Let the next transaction of the process stay open for so long."""
        slow = clocked.slow_file(self._clock)
        new = slow.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(slow)

    def until_it_serves(self) -> None:
        """Wait until the server serves; a process that ended at start is started again."""
        wait_until(self._serves, "the server serves", patience=TIMEOUT)

    def kill(self) -> None:
        """End the process as `kill -9` does."""
        self.running.kill()
        self.clear()

    def end(self) -> None:
        """End the process as an operator does, and wait for it."""
        self.running.process.send_signal(signal.SIGTERM)
        if (code := self.running.process.wait(timeout=TIMEOUT)) != 0:
            self.wrong_ends.append(f"ended with {code}")
        self.clear()

    def expect_end(self, why: str) -> None:
        """Expect the process to end soon with an error; else it is killed and recorded."""
        try:
            code = self.running.process.wait(timeout=SOON)
        except subprocess.TimeoutExpired:
            self.wrong_ends.append(f"went on: {why}")
            self.running.kill()
        else:
            if code == 0:
                self.wrong_ends.append(f"{why}: it ended without an error")
        self.clear()

    def stop(self) -> None:
        """Stop the process with SIGSTOP."""
        self.running.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the stopped process go on."""
        self.running.process.send_signal(signal.SIGCONT)

    def restart_fallen(self) -> None:
        """Start the process again if it has ended by itself, and record that."""
        if self._server is not None and (code := self._server.process.poll()) is not None:
            self.wrong_ends.append(f"ended by itself: {code}")
            self.clear()
            self.start()
            self.until_it_serves()

    def clear(self) -> None:
        """Forget the process, but keep its output."""
        gone, self._server = self._server, None
        self._stack.close()
        if gone is not None:
            self.output += gone.output

    @property
    def faults(self) -> list[str]:
        """Wrong ends, and lines of output that a server should never write."""
        lines = [*self.output, *(self._server.output if self._server else ())]
        return [*self.wrong_ends, *(line.strip() for line in lines if _A_FAULT.search(line))]

    def _serves(self) -> bool:
        if self.running.process.poll() is not None:
            self.clear()
            self.start()
        return self.running.serves_at is not None


class Fleet:
    """All servers."""

    def __init__(self, servers: Sequence[SupervisedServer]) -> None:
        self.servers = servers

    def addresses(self) -> list[str]:
        """The addresses that callers may use."""
        return [address for server in self.servers if (address := server.address) is not None]

    def restart_fallen(self) -> None:
        """Start the servers again that have ended by themselves."""
        for server in self.servers:
            server.restart_fallen()

    @property
    def faults(self) -> list[str]:
        """Those of all servers."""
        return [fault for server in self.servers for fault in server.faults]


@contextmanager
def a_fleet(
    count: int,
    database: str,
    cwd: Path,
    settings: Mapping[str, str] | None = None,
    *,
    bug: str = "",
) -> Iterator[Fleet]:
    """So many servers, all with the `bug`, if there is one; none outlives this."""
    with ExitStack() as stack:
        servers = [
            SupervisedServer(number, database, cwd, settings or {}, bug)
            for number in range(1, count + 1)
        ]
        for server in servers:
            stack.callback(server.clear)
            server.start()
        for server in servers:
            server.until_it_serves()
        yield Fleet(servers)
