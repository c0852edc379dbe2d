"""`allocation demo`: a shop to watch, from its start to Ctrl-C."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

import httpx
import pytest

from allocation.entrypoints.cli.demo import command
from tests.support.commands import COMMAND, INTERRUPTIBLE, an_environment
from tests.support.feed import streaming
from tests.support.waiting import TIMEOUT, wait_until

ENDS_WITHIN = 15.0
"""Seconds: one or two are promised; and a busy machine. A stream that held up the end would do so
for uvicorn's thirty."""

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
UNUSABLE = {"ALLOCATION_DATABASE_URL": "nonsense", "ALLOCATION_MAX_CONNECTIONS": "nonsense"}


@dataclass
class Demo:
    """A running demo: its process, what it prints, and the folder for its temporary files."""

    process: "subprocess.Popen[bytes]"
    printed: Path
    errors: Path
    temporary: Path

    @property
    def address(self) -> str:
        """Its address, once it has been printed."""
        match = wait_until(lambda: ADDRESS.search(self.printed.read_text()), "it has an address")
        return match[0]

    def end(self, number: int) -> int:
        """End it by a signal; return its exit code, which must come soon."""
        begun = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=TIMEOUT)
        assert time.monotonic() - begun < ENDS_WITHIN
        return code


@contextmanager
def running_demo(folder: Path, *words: str) -> Iterator[Demo]:
    temporary, printed, errors = folder / "temporary", folder / "printed", folder / "errors"
    temporary.mkdir()
    command: Sequence[str] = (*INTERRUPTIBLE, COMMAND, "demo", "--no-browser", "--port", "0")
    environment = an_environment(TMPDIR=str(temporary), PYTHONUNBUFFERED="1", **UNUSABLE)
    with (
        printed.open("wb") as out,
        errors.open("wb") as err,
        subprocess.Popen([*command, *words], env=environment, stdout=out, stderr=err) as process,
    ):
        try:
            yield Demo(process, printed, errors, temporary)
        finally:
            if process.poll() is None:
                process.kill()


def reallocations(address: str) -> list[Any]:
    """The promises that have changed from one batch to another, of the first ones in the feed."""
    query: dict[str, Any] = {"type": "PromiseChanged", "limit": 1000}
    events = httpx.get(f"{address}/events", params=query, timeout=TIMEOUT).json()["events"]
    batches = [(e["data"].get("from_batchref"), e["data"]["to_batchref"]) for e in events]
    return [pair for pair in batches if pair[0] not in {None, pair[1]}]


def test_a_demo_reallocates_lines_until_it_is_interrupted_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    with running_demo(tmp_path, "--speed", "2000") as demo:
        assert wait_until(lambda: reallocations(demo.address), "a line is reallocated")
        assert [*demo.temporary.rglob("*.db")]
        with streaming(demo.address, type="BatchCancelled"):  # held open, as by a board
            assert demo.end(signal.SIGINT) == 0

        assert [*demo.temporary.iterdir()] == []
        assert demo.errors.read_text() == ""


def test_a_demo_whose_terminal_is_closed_leaves_nothing_behind(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        assert httpx.get(f"{demo.address}/health").json()["status"] == "ok"
        assert demo.end(signal.SIGHUP) == 0

        assert [*demo.temporary.iterdir()] == []
        assert demo.errors.read_text() == ""


@pytest.mark.slow
def test_a_demo_serves_on_after_the_end_of_its_year(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--speed", "1000000") as demo:
        wait_until(lambda: "The year is over" in demo.printed.read_text(), "the end", patience=120)
        assert httpx.get(f"{demo.address}/health").json()["status"] == "ok"
        assert demo.end(signal.SIGINT) == 0

        assert demo.errors.read_text() == ""


def test_a_demo_takes_a_free_port_if_the_usual_one_is_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(command, "PORT", port)
        [bound] = command.bind_port(None)
        with bound:
            assert bound.getsockname()[1] not in {0, port}


def test_a_demo_on_a_given_port_in_use_is_refused_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running_demo(tmp_path, "--port", port) as demo:
            assert demo.process.wait(timeout=TIMEOUT) == 2

    assert demo.errors.read_text().startswith(f"error: cannot listen on 127.0.0.1, port {port}: ")
    assert [*demo.temporary.iterdir()] == []


@pytest.mark.parametrize(
    "words", [("--speed", "0"), ("--speed", "nan"), ("--seed", "-1"), ("--port", "70000")]
)
def test_a_demo_refuses_an_option_that_is_out_of_range(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    with running_demo(tmp_path, *words) as demo:
        assert demo.process.wait(timeout=TIMEOUT) == 2

    assert words[0] in demo.errors.read_text()
    assert [*demo.temporary.iterdir()] == []
