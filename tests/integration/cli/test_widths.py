"""Tables of usual names fit into a terminal of 80 columns, each row in a line of its own."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, an_environment
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.terminals import everything_from

BATCH, LATER, SKU, ORDER = "PO-2026-0017", "PO-2026-0018", "CHAI-TEA-250G", "10248"


@pytest.fixture
def usual(run: Run, tmp_path: Path) -> Run:
    """Names as a shop has them, and each state of an order line."""
    rows = (
        f"{BATCH},{SKU},100,",
        f"{LATER},{SKU},40,2030-01-15",
        "PO-2026-0019,OAK-TABLE,40,2030-01-15",
    )
    batches = a_file(tmp_path, *rows, header=BATCH_COLUMNS)
    assert run("import", "batches", batches).returncode == 0
    lines = [f"{number},{SKU},20" for number in range(10248, 10254)]
    assert run("import", "orders", a_file(tmp_path, *lines)).returncode == 0
    assert run("ship", "10249").returncode == 0
    assert run("set-quantity", BATCH, "40", "--id", "count-12").returncode == 0
    assert run("keys", "create", "web-shop", "--scope", "orders").returncode == 0
    return run


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("list", "batches"), BATCH),
        (("list", "products"), SKU),
        (("list", "orders"), ORDER),
        (("list", "backorders"), SKU),
        (("list", "shipments"), LATER),
        (("list", "unshipped"), SKU),
        (("show", "sku", SKU), BATCH),
        (("show", "batch", LATER), LATER),
        (("show", "order", ORDER), SKU),
        (("show", "moves", "count-12"), SKU),
        (("availability", "OAK-TABLE"), "available"),
        (("keys", "list"), "web-shop"),
        (("top", "--once"), "BatchQuantityAdjusted"),
    ],
    ids=lambda given: " ".join(given[:2]) if isinstance(given, tuple) else "",
)
def test_a_table_fits_into_80_columns(
    usual: Run, sqlite_url: str, words: tuple[str, ...], name: str
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *words, "--quiet", "--database", sqlite_url],
        env=an_environment(TERM="dumb", COLUMNS="80"),
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        lines = everything_from(ours).replace(sqlite_url, "").splitlines()

    assert max(map(len, lines)) <= 80
    assert any(name in line for line in lines), "a name is not broken into lines"
