"""Databases with a rich state, everything that is in them, and state files made by hand."""

import gzip
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import STATE
from allocation.bootstrap import bootstrap, import_state
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.chaos import leak
from tests.chaos.child import exit_code_of, report_the_leak_until
from tests.support.busy_shop import open_the_shop
from tests.support.clock import TickingClock

HARD_TEXT = "a\tb\r\n'\"\\ \u2028 \ud7ff \U0010ffff \u0301 e\u0301 <r>=1+1</r> %s :name"
"""Text with what languages, databases and drivers are particular about."""


def fill_with_a_rich_state(url: str) -> None:
    """A shop with a pruned log, closed lines, unsent mail, a dead letter, and a killed process."""
    clock = TickingClock()
    clock.now = datetime.now(UTC) - timedelta(days=30)
    open_the_shop(url, clock=clock)
    clock.now += timedelta(days=29)
    with closing(bootstrap(Settings(url), clock=clock)) as parts:
        parts.handle(BatchCreated("late", "LAMP", 1), "key-late")
        clock.now += timedelta(days=1)
        assert sum(parts.retention.prune(timedelta(days=10))) > 50
    open_the_shop(url, clock=clock)  # what was pruned is new again; the rest is repeated
    leak.let_history_happen(url)
    assert exit_code_of(report_the_leak_until, "commit's end@1", url) == -signal.SIGKILL
    with closing(Database(url)) as database, database.writing() as connection:
        letter = "(SELECT min(seq) FROM messages WHERE type = 'Digest' AND status = 'outgoing')"
        dead = f"UPDATE messages SET status = 'dead', error = :error WHERE seq = {letter}"
        connection.execute(text(dead), {"error": HARD_TEXT})
        connection.commit()


def all_rows(url: str) -> dict[str, list[Any]]:
    """Every row of the state, sorted by its key in the same way for every database."""
    with closing(Database(url)) as database, database.reading() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(table))),
                key=lambda row, table=table: [  # type: ignore[misc]
                    row[[*table.columns].index(column)] for column in table.primary_key
                ],
            )
            for table in STATE
        }


def lines_of(file: Path) -> list[Any]:
    """The lines of a state file, decoded."""
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def write_state(file: Path, lines: list[Any]) -> None:
    """Write a state file with these lines, and a footer that fits them."""
    *others, footer = lines
    content = b"".join(json.dumps(line).encode() + b"\n" for line in others)
    footer["sha256"] = sha256(content).hexdigest()
    file.write_bytes(gzip.compress(content + json.dumps(footer).encode() + b"\n"))


def interrupted_at(number: int, interrupt: Callable[[], None]) -> Callable[..., None]:
    """A report of progress that does this the n-th time."""
    numbers: Iterator[int] = count(1)

    def report(*_: int) -> None:
        if next(numbers) == number:
            interrupt()

    return report


def import_until(number: int, url: str, file: Path) -> None:
    """Import a state, and be killed when progress is reported for the n-th time."""
    import_state(
        Settings(url),
        file,
        interrupted_at(number, lambda: os.kill(os.getpid(), signal.SIGKILL)),
    )
