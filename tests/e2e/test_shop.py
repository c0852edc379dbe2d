"""The furniture shop's stock and a year of its orders, through the command line.

The README shows what the commands print of it (test_readme.py).
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.support.commands import Ended, allocation_here, an_environment
from tests.support.ledger import (
    Ledger,
    assert_no_line_waits_for_nothing,
    assert_nothing_oversold,
    read_ledger,
)
from tests.support.shop_oracle import BATCHES, FOLDER, ORDER_LINES, expected

SKU: Final = "GREY-DESK-CHAIR"
REF: Final = "STOCK-49"
HELD_AFTER: Final = 32

Import = Callable[[], tuple[Ended, Ended]]


@pytest.fixture
def import_all(database_url: str, tmp_path: Path) -> Import:
    """Imports the batches, and then the orders; on SQLite, then on PostgreSQL."""

    def run(*words: str | Path) -> Ended:
        return allocation_here(*words, "--database", database_url, cwd=tmp_path)

    return lambda: (
        run("import", "batches", BATCHES),
        run("import", "orders", ORDER_LINES, "--rejected", tmp_path / "refused.csv"),
    )


def mailed_skus(ledger: Ledger) -> Counter[str]:
    rows = [row for row in ledger.messages if row["type"] == "OutOfStock"]
    mails = [row["status"] for row in ledger.messages if row["type"] == "Digest"]
    assert mails.count("outgoing") == len(mails) > 0, "no command has a mail server"
    return Counter(json.loads(row["body"])["sku"] for row in rows)


def assert_sound(ledger: Ledger) -> None:
    assert_nothing_oversold(ledger)
    assert_no_line_waits_for_nothing(ledger)
    assert ledger.with_status("pending") == []


def test_a_year_of_orders_is_imported_as_the_rules_say_and_again_without_effect(
    import_all: Import, database_url: str, tmp_path: Path
) -> None:
    shop = expected()
    allocated, waiting, refused = map(len, (shop.allocated, shop.waiting, shop.refused))
    counts = f"{allocated:,} allocated, {waiting} waiting"

    batches, orders = import_all()

    assert batches.stdout == "150 batches: 150 imported, 0 refused\n"
    assert batches.stderr.startswith("warning: 90 dates are in the past: 2024-02-26 (line 62), ")
    assert batches.stderr.count("\n") == 1
    assert orders.stdout == f"2,000 order lines: {counts}, {refused} refused\n"
    assert (batches.returncode, orders.returncode) == (0, 1)
    imported = read_ledger(database_url)
    assert imported.batchrefs == shop.placed
    assert_sound(imported)
    ran_out = {sku for _, sku in shop.waiting}
    assert mailed_skus(imported) == Counter(ran_out)
    assert "1 e-mail waits to be sent" in orders.stderr, "one about the file"
    assert orders.stderr.count("e-mail") == 1
    header, *rows = (tmp_path / "refused.csv").read_text(encoding="utf-8").splitlines()
    assert header == "line_number,reason,orderid,sku,qty,ordered_on"
    assert [row.split(",")[1:4] for row in rows] == [
        [f"Invalid sku {sku}", orderid, sku] for orderid, sku in shop.refused
    ]

    batches, again = import_all()

    assert batches.stdout == "150 batches: 150 already known, 0 refused\n"
    assert batches.stderr.startswith("already known: lines 2-151\n")
    repeated = f"{allocated + waiting:,} already known ({counts})"
    assert again.stdout == f"2,000 order lines: {repeated}, {refused} refused\n"
    known_lines, others = _without_known_lines(again.stderr)
    assert known_lines.startswith("already known: lines 2-77, 79-86, ")
    assert others == orders.stderr
    assert read_ledger(database_url).state == imported.state


def _without_known_lines(stderr: str) -> tuple[str, str]:
    """The line that tells which rows are known, and the other lines."""
    lines = stderr.splitlines(keepends=True)
    [known_lines] = [line for line in lines if line.startswith("already known: ")]
    return known_lines, "".join(line for line in lines if line != known_lines)


def test_a_correction_moves_lines_to_another_batch_and_into_the_queue_as_the_rules_say(
    import_all: Import, database_url: str, tmp_path: Path
) -> None:
    import_all()
    assert mailed_skus(read_ledger(database_url))[SKU] == 0, "every line of it has its stock"
    shop = expected()
    moves = shop.correct(REF, SKU, HELD_AFTER)
    assert {move.target is None for move in moves} == {True, False}

    words = ("set-quantity", REF, str(HELD_AFTER), "--database", database_url)
    first, second, _, *rows = allocation_here(*words, cwd=tmp_path).stdout.splitlines()

    assert first == f"{REF} holds {HELD_AFTER} now."
    assert second.startswith(f"{len(moves)} order lines moved: ")
    assert sorted(row.split()[:5] for row in rows) == sorted(
        [move.orderid, move.sku, str(move.qty), REF, move.target or "waiting"] for move in moves
    )
    ledger = read_ledger(database_url)
    assert ledger.batchrefs == shop.placed
    assert_sound(ledger)
    assert mailed_skus(ledger)[SKU] == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=["one-environment", "another"],
)
def test_the_script_makes_the_committed_files_again(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    command = [sys.executable, str(FOLDER / "make.py"), str(tmp_path)]
    subprocess.run(command, env=an_environment(**variables), timeout=60, check=True)

    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (BATCHES, ORDER_LINES)}
