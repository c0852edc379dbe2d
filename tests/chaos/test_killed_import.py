"""`kill -9`, or Ctrl-C, during an import: run again, it goes on, and nothing is doubled."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from tests.support.commands import COMMAND, INTERRUPTIBLE, Ended, allocation_here, an_environment
from tests.support.files import a_file
from tests.support.ledger import read_ledger, verify
from tests.support.waiting import TIMEOUT, wait_until

pytestmark = pytest.mark.slow

ROWS: Final = 4_500
"""More than two portions."""

DUE: Final = "2030-01-01"

FILES: Final[dict[str, tuple[str, Callable[[int], str]]]] = {
    "batches": ("ref,sku,qty,eta", lambda n: f"new{n},SKU-{n % 50},1,{DUE}"),
    "batches --update": ("ref,sku,qty,eta", lambda n: f"b{n},SKU-{n % 50},{n % 3},2030-02-01"),
    "orders": ("orderid,sku,qty", lambda n: f"new{n},SKU-{n % 50},1"),
    "cancellations": ("orderid,sku", lambda n: f"o{n}," + f"SKU-{n % 50}" * (n % 2)),
    "shipments": ("orderid,sku,qty,ref", lambda n: f"o{n % 5},SKU-{n % 5},1,stock{n % 5}"),
    "receipts": ("ref,qty,new_ref", lambda n: f"b{n}," + f"1,part{n}" * (n % 2)),
}
"""The header and the rows of a file of each kind."""

STOCK: Final = [
    *(f"stock{n},SKU-{n},{ROWS}," for n in range(50)),
    *(f"b{n},SKU-{n % 50},2,{DUE}" for n in range(ROWS)),
]
ORDERS: Final = [f"o{n},SKU-{n % 50},{ROWS if n < 5 else 1}" for n in range(ROWS)]

Importing = Callable[[], Ended]


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path, kind: str) -> Path:
    """A file of the kind, and a database in which there is something to change."""
    for name, header, rows in (
        ("batches", "ref,sku,qty,eta", STOCK),
        ("orders", "orderid,sku,qty", ORDERS if kind in {"cancellations", "shipments"} else []),
    ):
        stored = a_file(tmp_path, *rows, header=header)
        ended = allocation_here("import", name, stored, "--database", sqlite_url, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
    header, row = FILES[kind]
    return a_file(tmp_path, *(row(n) for n in range(ROWS)), header=header)


@contextmanager
def importing(kind: str, file: Path, url: str) -> Iterator["subprocess.Popen[str]"]:
    """An import that is under way, in a process of its own."""
    with subprocess.Popen(
        [*INTERRUPTIBLE, COMMAND, "import", *kind.split(), str(file), "--database", url],
        cwd=file.parent,
        env=an_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def count_requests(url: str) -> int:
    """The number of messages from outside that have been handled."""
    database = Database(url)
    try:
        with database.reading() as connection:
            query = "SELECT count(*) FROM messages WHERE causation_id IS NULL AND type <> 'Digest'"
            return int(connection.execute(text(query)).scalar_one())
    finally:
        database.close()


def counts(summary: str) -> dict[str, int]:
    """The counts of a summary by their words."""
    first = summary.splitlines()[0].partition(": ")[2]
    return {
        word: int(number.replace(",", ""))
        for number, word in re.findall(r"([\d,]+) ([a-z ]+?)(?: \(.*?\))?(?:, |$)", first)
    }


def run_again(kind: str, file: Path, url: str) -> dict[str, int]:
    ended = allocation_here("import", *kind.split(), file, "--database", url, cwd=file.parent)
    assert ended.returncode == 0, ended.stderr
    return counts(ended.stdout)


def assert_each_row_took_effect_once(kind: str, url: str) -> None:
    assert verify(url) == []
    if kind == "shipments":
        units = [line["qty"] for line in read_ledger(url).lines if line["state"] == "shipped"]
        assert sum(units) == ROWS


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("after", [1, 2_500])
def test_an_import_that_was_killed_goes_on_when_it_is_run_again(
    file: Path, sqlite_url: str, kind: str, after: int
) -> None:
    start = count_requests(sqlite_url)
    with importing(kind, file, sqlite_url) as process:
        wait_until(lambda: count_requests(sqlite_url) >= start + after, "it is under way")
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=TIMEOUT) == -signal.SIGKILL
    handled = count_requests(sqlite_url) - start
    assert handled >= after

    first, second = run_again(kind, file, sqlite_url), run_again(kind, file, sqlite_url)

    word = "same" if kind == "batches --update" else "already known"
    assert sum(first.values()) == ROWS
    if word == "already known":
        assert first.get(word, 0) == handled
    assert second == {word: ROWS, "refused": 0}
    assert_each_row_took_effect_once(kind, sqlite_url)


@pytest.mark.parametrize("kind", FILES)
def test_an_import_that_is_interrupted_says_what_it_did(
    file: Path, sqlite_url: str, kind: str
) -> None:
    start = count_requests(sqlite_url)
    with importing(kind, file, sqlite_url) as process:
        wait_until(lambda: count_requests(sqlite_url) > start, "it is under way")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert "Interrupted. Run the import again to continue; imported rows are kept." in stderr
    assert "Traceback" not in stderr
    assert "Missing" not in stdout
    first = counts(stdout)
    assert 0 < sum(first.values()) < ROWS

    second = run_again(kind, file, sqlite_url)

    assert sum(second.values()) == ROWS
    new = {word for word in first if word not in {"same", "refused"}}
    if kind == "batches --update":
        assert first["changed"] + second["changed"] == ROWS
    else:
        assert sum(first[word] for word in new) == second["already known"]
    assert_each_row_took_effect_once(kind, sqlite_url)
