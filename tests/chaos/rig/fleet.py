"""The servers: each has a post, and is put up again there when it has fallen."""

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


class Post:
    """Where one server after another stands."""

    def __init__(self, number: int, database: str, cwd: Path, settings: Mapping[str, str]) -> None:
        self._database = database
        self._cwd = cwd
        self._clock = cwd / f"clock-{number}"
        self.put_the_clock(timedelta())
        self._settings = settings
        self._stack = ExitStack()
        self._server: Server | None = None
        self.output: list[str] = []
        """All that those said who have fallen."""
        self.fell_by_itself: list[int] = []
        """Exit codes of servers that nobody has ended."""
        self.went_on: list[str] = []
        """Why servers that went on should have ended."""

    @property
    def server(self) -> Server:
        """The one that stands here now."""
        assert self._server is not None, "nobody has been posted here"
        return self._server

    @property
    def address(self) -> str | None:
        """Where callers believe it to be, whether it answers or not."""
        return None if self._server is None else self._server.serves_at

    @property
    def pid(self) -> int:
        """Its process."""
        return self.server.process.pid

    def start(self) -> None:
        """Put a server up; it may not serve yet."""
        command = [sys.executable, clocked.__file__, str(self._clock), "0", self._database]
        self._server = self._stack.enter_context(
            running(command, self._cwd, settings=self._settings)
        )

    def put_the_clock(self, ahead: timedelta) -> None:
        """Let whoever serves here believe that it is so much later, or earlier."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(ahead.total_seconds()))
        new.replace(self._clock)

    def until_it_serves(self) -> None:
        """Wait for it; one that could not start, as without a database, is started again."""
        wait_until(self._serves, "the server serves", patience=TIMEOUT)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.server.kill()
        self.leave()

    def end(self) -> int:
        """Ask it to end, and wait until it has; its exit code."""
        self.server.process.send_signal(signal.SIGTERM)
        code = self.server.process.wait(timeout=TIMEOUT)
        self.leave()
        return code

    def has_to_end(self, why: str) -> None:
        """It is to end soon, by itself, with an error; else it is killed, and that remembered."""
        try:
            code = self.server.process.wait(timeout=SOON)
        except subprocess.TimeoutExpired:
            self.went_on.append(why)
            self.server.kill()
        else:
            if code == 0:
                self.went_on.append(f"{why}: it ended without an error")
        self.leave()

    def stop(self) -> None:
        """Stop it in the middle of whatever it does; it goes on when it is told to."""
        self.server.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on where it was stopped."""
        self.server.process.send_signal(signal.SIGCONT)

    def look_after(self) -> None:
        """Put it up again if it has fallen by itself, and remember that it has."""
        if self._server is not None and (code := self._server.process.poll()) is not None:
            self.fell_by_itself.append(code)
            self.leave()
            self.start()
            self.until_it_serves()

    def leave(self) -> None:
        """Clear away whoever stands here, and keep what it has said."""
        gone, self._server = self._server, None
        self._stack.close()
        if gone is not None:
            self.output += gone.output

    @property
    def faults(self) -> list[str]:
        """What servers have said here that a server should never have to say."""
        lines = [*self.output, *(self._server.output if self._server else ())]
        return [line.strip() for line in lines if _A_FAULT.search(line)]

    def _serves(self) -> bool:
        if self.server.process.poll() is not None:
            self.leave()
            self.start()
        return self.server.serves_at is not None


class Fleet:
    """All posts."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.posts = posts

    def addresses(self) -> list[str]:
        """Where callers may try."""
        return [address for post in self.posts if (address := post.address) is not None]

    def look_after(self) -> None:
        """Put up again whoever has fallen without being pushed."""
        for post in self.posts:
            post.look_after()

    @property
    def faults(self) -> list[str]:
        """What servers have said that a server should never have to say, or done."""
        fallen = [f"ended by itself: {code}" for post in self.posts for code in post.fell_by_itself]
        went_on = [f"went on: {why}" for post in self.posts for why in post.went_on]
        return [*fallen, *went_on, *(fault for post in self.posts for fault in post.faults)]


@contextmanager
def a_fleet(
    count: int, database: str, cwd: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Fleet]:
    """So many servers that serve; none outlives this."""
    with ExitStack() as stack:
        posts = [Post(number, database, cwd, settings or {}) for number in range(1, count + 1)]
        for post in posts:
            stack.callback(post.leave)
            post.start()
        for post in posts:
            post.until_it_serves()
        yield Fleet(posts)
