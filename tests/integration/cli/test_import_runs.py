"""An import as a whole: in order, in constant memory, repeatable, and it can be interrupted."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, INTERRUPTIBLE, allocation_here, an_environment
from tests.support.databases import SQLite
from tests.support.files import BATCH_COLUMNS, a_file, lines_for
from tests.support.ledger import Ledger, assert_nothing_oversold, read_ledger
from tests.support.waiting import TIMEOUT, wait_until

LONG = 20_000


def test_lines_are_served_in_the_order_of_the_file(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    # Longer than a portion, so that portions must be in order too.
    ended = stocked("import", "orders", a_file(tmp_path, *reversed([*lines_for("LAMP", 700)])))

    assert ended.stdout == "700 order lines: 110 allocated, 590 waiting, 0 refused\n"
    ledger = read_ledger(sqlite_url)
    served = [int(orderid[1:]) for (orderid, _), ref in ledger.batchrefs.items() if ref]
    assert sorted(served) == list(range(591, 701))
    by_position = sorted(ledger.lines, key=lambda line: line["position"])
    assert [line["orderid"] for line in by_position] == [f"o{n}" for n in range(700, 0, -1)]


def test_an_interrupted_import_can_be_run_again(sqlite: SQLite, tmp_path: Path) -> None:
    clean, broken = tmp_path / "clean", tmp_path / "broken"
    file = a_file(tmp_path, *lines_for("LAMP", LONG))
    for folder in (clean, broken):
        folder.mkdir()
        stock(folder, sqlite)

    with importing(file, broken) as process:
        wait_until(lambda: len(ledger_of(broken).lines) > 0, "the import is under way")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=TIMEOUT) == 130
        assert b"Traceback" not in stderr_of(process)
    half_way = ledger_of(broken)
    assert 0 < len(half_way.lines) < LONG
    assert_nothing_oversold(half_way)

    for folder in (clean, broken):
        assert allocation_here("import", "orders", file, cwd=folder).returncode == 0
    assert ledger_of(broken).state == ledger_of(clean).state


@contextmanager
def importing(file: Path, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An import of orders that is under way, in a process of its own."""
    with subprocess.Popen(
        [*INTERRUPTIBLE, COMMAND, "import", "orders", str(file)],
        cwd=folder,
        env=an_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stderr_of(process: "subprocess.Popen[bytes]") -> bytes:
    """What it said before it ended."""
    assert process.stderr is not None
    return process.stderr.read()


def stock(folder: Path, sqlite: SQLite) -> None:
    """A database with some lamps, in the folder where the command looks for it."""
    sqlite.migrated(folder)
    file = a_file(folder, "b1,LAMP,500,", header=BATCH_COLUMNS)
    assert allocation_here("import", "batches", file, cwd=folder).returncode == 0


def ledger_of(folder: Path) -> Ledger:
    """What the database of the folder holds."""
    return read_ledger(f"sqlite:///{folder}/allocation.db")
