"""A whole state goes from SQLite to PostgreSQL and back, and everything is as it was."""

from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from tests.chaos import leak
from tests.integration.http.conftest import served
from tests.support.busy_shop import history
from tests.support.commands import allocation_here
from tests.support.ledger import read_ledger, verify
from tests.support.states import all_rows, fill_with_a_rich_state

COMMANDS: Final = (
    *(("show", "sku", "LAMP"), ("show", "sku", "=1+1"), ("show", "order", "o2")),
    *(("show", "batch", "p1"), ("list", "late"), ("explain", "o4"), ("explain", "d60")),
    *(("availability", "CHAIR", "--qty", "2"), ("log", "unfinished"), ("dead-letters", "list")),
    *(("log", "show", leak.LEAK_ID), ("show", "moves", leak.LEAK_ID), ("verify",)),
    ("export", "orders", "orders.csv", "--force"),
)
PATHS: Final = (
    *(
        "/products/LAMP",
        "/allocations/o2",
        "/orders/d60/history",
        "/batches/d1a",
        "/late",
        "/orders",
    ),
    *("/dead-letters", "/messages/key-3", f"/moves/{leak.LEAK_ID}"),
)


@pytest.mark.slow
def test_a_whole_state_moves_to_postgresql_and_back(
    sqlite_url: str, empty_postgresql_url: str, empty_sqlite_url: str, tmp_path: Path
) -> None:
    fill_with_a_rich_state(sqlite_url)
    states = [all_rows(sqlite_url)]
    for table in states[0]:
        assert states[0][table], f"{table} is empty, so nothing is shown of it"
    urls = (sqlite_url, empty_postgresql_url, empty_sqlite_url)
    for source, copy in pairwise(urls):
        file = tmp_path / "state.json.gz"
        rows = sum(map(len, states[0].values()))

        exported = run("export", "all", file, "--force", url=source, cwd=tmp_path)
        imported = run("import", "all", file, url=copy, cwd=tmp_path)

        assert exported == (0, "", f"{rows} rows exported to {file}.\n")
        assert imported == (0, "", f"{rows} rows imported from {file}.\n")
        states.append(all_rows(copy))
    assert states[1] == states[0]
    assert states[2] == states[0]
    assert verify(empty_postgresql_url) == verify(empty_sqlite_url) == []

    of_commands = [[run(*words, url=url, cwd=tmp_path) for words in COMMANDS] for url in urls]
    assert of_commands[1] == of_commands[0]
    assert of_commands[2] == of_commands[0]
    assert [code for code, _, _ in of_commands[0]] == [0] * len(COMMANDS)

    answers = [replayed(url) for url in urls]
    assert answers[1] == answers[0]
    assert answers[2] == answers[0]

    over_http = [read_over_http(url) for url in urls]
    assert over_http[1] == over_http[0]
    assert over_http[2] == over_http[0]

    ledgers = [read_ledger(url) for url in urls]
    for ledger in ledgers:
        assert ledger.with_status("pending") == []
        assert len(ledger.with_status("dead")) == 1
        assert ledger.with_status("outgoing")
        assert ledger.state == ledgers[0].state
        assert ledger.log == ledgers[0].log
    assert [verify(url) for url in urls] == [[], [], []]


def run(*words: str | Path, url: str, cwd: Path) -> tuple[int, str, str]:
    ended = allocation_here(*words, "--database", url, cwd=cwd)
    return ended.returncode, ended.stdout, ended.stderr


def replayed(url: str) -> list[Any]:
    """The answers to all messages when they are sent again with the same keys."""
    with closing(bootstrap(Settings(url))) as parts:
        parts.processor.recover()  # goes on with what the killed process has left
        answers = [parts.handle(event, f"key-{n}") for n, event in enumerate(history())]
        answers.append(parts.handle(leak.LEAK, leak.LEAK_ID))
    return [
        (answer.results, str(answer.error), answer.repeated, answer.changed) for answer in answers
    ]


def read_over_http(url: str) -> list[Any]:
    with ExitStack() as stack:
        client = stack.enter_context(served(url))
        answers = [client.get(path) for path in PATHS]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]
