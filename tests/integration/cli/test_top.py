"""`allocation top`: a live view that reads only, and ends with a key."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from allocation.bootstrap import run_query
from allocation.config import Settings
from allocation.entrypoints.cli.top.frame import BoundedCount, Frame, Rates, frame_of, lag, rates
from allocation.views import LISTED, PORTION, FeedMessage, UnfinishedView
from tests.integration.cli.conftest import Execute, Run
from tests.support.commands import COMMAND, INTERRUPTIBLE, an_environment
from tests.support.files import a_file, lines_for
from tests.support.ledger import read_ledger
from tests.support.terminals import everything_from

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def accepted(seconds_ago: float, *, cause: str | None = None, refused: bool = False) -> FeedMessage:
    at = (NOW - timedelta(seconds=seconds_ago)).isoformat().replace("+00:00", "Z")
    refusal = "{}" if refused else None
    return FeedMessage(1, "m1", "Note", "{}", "m1", cause, at, refusal, None, None, None)


def waiting(at: datetime, due: datetime | None) -> UnfinishedView:
    return UnfinishedView("m1", "Note", "{}", "outgoing", at, 0, due, None, None)


def test_the_rates_are_those_of_the_last_minute() -> None:
    messages = [
        accepted(61),
        *(accepted(30) for _ in range(4)),
        accepted(1, refused=True),
        accepted(1, cause="m1"),
    ]

    assert rates(messages, NOW) == Rates(6 / 60, 5 / 60, 1 / 60)


def test_the_rates_of_a_busy_service_are_those_of_the_messages_that_were_read() -> None:
    busy = rates([accepted(10) for _ in range(PORTION)], NOW)

    assert busy.all == pytest.approx(PORTION / 10)


def test_the_rates_of_an_idle_service_are_zero() -> None:
    assert rates([accepted(3_600)], NOW) == rates([], NOW) == Rates(0, 0, 0)


def test_the_lag_is_the_time_since_the_oldest_message_was_due() -> None:
    minute = timedelta(minutes=1)
    later = waiting(NOW - 9 * minute, due=NOW + minute)

    assert lag([later, waiting(NOW - minute, None)], NOW) == 60
    assert lag([waiting(NOW - 9 * minute, due=NOW - 2 * minute)], NOW) == 120
    assert lag([later], NOW) == lag([], NOW) == 0


def frame(url: str) -> Frame:
    return run_query(Settings(url), lambda queries: frame_of(queries, datetime.now(UTC)))


def test_a_frame_counts_what_waits_and_what_has_failed(
    stocked: Run, execute: Execute, sqlite_url: str, tmp_path: Path
) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,105", "o2,LAMP,200", "o3,LAMP,300"))
    stocked("send", "BatchCancelled", "ref=unknown")
    before = frame(sqlite_url)
    execute("UPDATE messages SET status = 'dead', error = 'no' WHERE type = 'Digest'")
    after = frame(sqlite_url)

    assert (before.waiting_lines, before.dead_letters) == (
        BoundedCount(3, complete=True),
        BoundedCount(0, complete=True),
    )
    assert before.outgoing == before.unfinished.count > 0
    assert (after.outgoing, after.unfinished.count) == (0, 0)
    assert after.dead_letters == before.unfinished
    newest = before.latest[0]
    assert (newest.seq, newest.type, newest.refused) == (before.last, "BatchCancelled", True)
    assert before.rates.incoming == pytest.approx(6 / 60)


def test_a_frame_of_very_many_waiting_lines_says_that_there_are_more(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    lines = lines_for("LAMP", LISTED + 1, qty=500)
    stocked("import", "orders", a_file(tmp_path, *lines))

    assert frame(sqlite_url).waiting_lines == BoundedCount(LISTED, complete=False)
    assert f"waiting lines: {LISTED} or more" in stocked("top", "--once").stdout


def test_top_prints_one_frame_and_changes_nothing(stocked: Run, sqlite_url: str) -> None:
    before = read_ledger(sqlite_url)

    text, document = stocked("top", "--once"), stocked("top", "--once", "--json")

    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.splitlines()[0].startswith(f"allocation  {sqlite_url}  ")
    assert "BatchCreated" in text.stdout
    assert json.loads(document.stdout)["last"] == 2
    assert read_ledger(sqlite_url) == before


def test_a_live_view_needs_a_terminal(stocked: Run) -> None:
    ended = stocked("top")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "the output is not a terminal: choose --once or --json" in ended.stderr


@contextmanager
def watched(url: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`allocation top` in a terminal, once it has shown a frame."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*INTERRUPTIBLE, COMMAND, "top", "--interval", "0.2", "--database", url],
        env=an_environment(TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while b"messages/s" not in shown:
            shown += os.read(ours, 4096)
        yield process, ours


def test_q_ends_the_live_view(stocked: Run, sqlite_url: str) -> None:
    with watched(sqlite_url) as (process, terminal):
        os.write(terminal, b"xq")
        assert "Traceback" not in everything_from(terminal)

    assert process.returncode == 0


def test_ctrl_c_ends_the_live_view_without_an_error(stocked: Run, sqlite_url: str) -> None:
    with watched(sqlite_url) as (process, terminal):
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in everything_from(terminal)

    assert process.returncode == 0


def test_frames_for_programs_are_lines_until_the_reader_leaves(
    stocked: Run, sqlite_url: str
) -> None:
    with subprocess.Popen(
        [COMMAND, "top", "--json", "--interval", "0.1", "--database", sqlite_url],
        env=an_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        frames = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdout.close()

    assert frames[0]["at"] < frames[1]["at"]
    assert process.returncode == 0
