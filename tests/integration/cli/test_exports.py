"""`allocation export`: tables of what is current, which can be imported again without change."""

import csv
import os
import pty
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
from python_calamine import CalamineWorkbook

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.pages import pages
from allocation.adapters.sql.schema import batches, messages, order_lines, products
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, OrderLineShipped
from allocation.entrypoints.cli.exporting import kinds, workbook
from allocation.views.exports import ExportViews
from allocation.views.selections import Selection
from tests.integration.cli.test_terminal import everything_from
from tests.support.busy_shop import MARKUP, ODD, open_the_shop
from tests.support.commands import COMMAND, Ended, allocation, allocation_here, an_environment
from tests.support.crowded_database import batch, fill, line, message, product
from tests.support.databases import SQLite
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger
from tests.support.peak_of_child import peak_of
from tests.support.storages import OpenDatabase

TABLES: Final = ("batches", "orders", "backorders", "pick-list")
IMPORTED_AS: Final = {"batches": "batches", "orders": "orders", "backorders": "orders"}

Run = Callable[..., Ended]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs a command on SQLite, then on PostgreSQL."""
    return lambda *words: allocation_here(*words, "--database", database_url, cwd=tmp_path)


@pytest.fixture
def busy(run: Run, database_url: str) -> Run:
    """The same, in a shop in which all has happened that can."""
    open_the_shop(database_url)
    return run


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by(rows: list[dict[str, Any]], *columns: str) -> dict[Any, dict[str, Any]]:
    key = [tuple(row[column] for column in columns) for row in rows]
    assert len({*key}) == len(key)
    return {k if len(k) > 1 else k[0]: row for k, row in zip(key, rows, strict=True)}


@pytest.mark.parametrize("table", IMPORTED_AS)
def test_an_export_is_imported_again_without_change(
    busy: Run, database_url: str, tmp_path: Path, table: str
) -> None:
    assert busy("export", table, "table.csv").returncode == 0
    before = read_ledger(database_url).state
    rows = len(csv_rows(tmp_path / "table.csv"))

    ended = busy("import", IMPORTED_AS[table], "table.csv")

    assert ended.returncode == 0
    noun = "batches" if table == "batches" else "order lines"
    assert ended.stdout.startswith(f"{rows} {noun}: {rows} already known")
    assert ended.stdout.endswith(" 0 refused\n")
    assert read_ledger(database_url).state == before
    assert "line 1" not in ended.stderr


def test_an_export_of_an_import_is_the_same_file(
    busy: Run, empty_sqlite_url: str, tmp_path: Path
) -> None:
    """The names of a spreadsheet's formulas, numbers and dates come back as they were."""
    busy("export", "batches", "batches.csv")
    exported = csv_rows(tmp_path / "batches.csv")
    empty = ("--database", empty_sqlite_url)

    imported = allocation_here("import", "batches", "batches.csv", *empty, cwd=tmp_path)
    allocation_here("export", "batches", "again.csv", *empty, cwd=tmp_path)

    assert imported.returncode == 0
    again = csv_rows(tmp_path / "again.csv")
    columns = BATCH_COLUMNS.split(",")
    assert [[row[c] for c in columns] for row in again] == [
        [row[c] for c in columns] for row in exported
    ]
    assert {*ODD, *MARKUP} < {row["sku"] for row in exported}


def test_batches_are_exported_with_what_is_left_of_them(busy: Run, tmp_path: Path) -> None:
    ended = busy("export", "batches", "b.csv")

    assert ended.stdout == ""
    exported, omitted = ended.stderr.splitlines()
    assert exported == "23 batches exported to b.csv."
    assert omitted == (
        "Left out, as they cannot be imported: 2 batches (1 cancelled, 1 without units)."
    )
    refs = by(csv_rows(tmp_path / "b.csv"), "ref")
    assert list(refs["d1a"].values()) == ["d1a", "DESK", "50", "", "50", "0", "0", "available"]
    assert list(refs["b1"].values()) == ["b1", "SHELF", "9", "", "0", "0", "9", "blocked"]
    assert refs["p1"]["eta"] == "2030-03-01"
    assert refs["s1"]["qty"] == "5", "five of ten have left"


def test_orders_are_exported_with_their_open_units(busy: Run, tmp_path: Path) -> None:
    busy("export", "orders", "o.csv")

    lines = by(csv_rows(tmp_path / "o.csv"), "orderid", "sku", "line")
    assert ("o1", "LAMP", "") not in lines, "all of it has left"
    assert ("o7", "CHAIR", "") not in lines, "it is cancelled"
    assert list(lines["o2", "LAMP", "10"].values())[:8] == (
        ["o2", "LAMP", "10", "25", "2030-06-01", "yes", "waiting", "25"]
    )
    assert lines["o2", "LAMP", "10"]["due"] == "", "a unit of it waits"
    divided = lines["d60", "DESK", ""]
    assert (divided["status"], divided["due"]) == ("allocated", "2030-03-01")
    assert {*divided["batches"].split(", ")} == {"d1", "d1a"}
    partly = lines["o5", "CHAIR", ""]
    assert (partly["qty"], partly["open"], partly["shipped"]) == ("5", "3", "2")
    waiting = lines["o9", "SHELF", ""]
    assert (waiting["status"], waiting["batches"], waiting["due"]) == ("waiting", "", "")


def test_backorders_are_exported_in_the_order_of_service(busy: Run, tmp_path: Path) -> None:
    busy("export", "backorders", "w.csv")

    rows = csv_rows(tmp_path / "w.csv")
    assert {row["orderid"] for row in rows} >= {"o3", "o8", "o9"}
    assert by(rows, "orderid", "sku")["o8", "CHAIR"]["qty"] == "40"
    assert int(by(rows, "orderid", "sku")["o8", "CHAIR"]["waiting"]) < 40
    assert [row["sku"] for row in rows] == sorted((row["sku"] for row in rows), key=str)


def test_backorders_of_a_product_are_exported_oldest_first(run: Run, tmp_path: Path) -> None:
    run("import", "batches", a_file(tmp_path, "b1,LAMP,1,", header=BATCH_COLUMNS))
    run("import", "orders", a_file(tmp_path, "z,LAMP,7", "a,LAMP,9", "m,LAMP,8"))

    run("export", "backorders", "w.csv")

    assert [row["orderid"] for row in csv_rows(tmp_path / "w.csv")] == ["z", "a", "m"]


def test_the_pick_list_has_what_can_leave_today(busy: Run, tmp_path: Path) -> None:
    busy("export", "pick-list", "p.csv")

    rows = csv_rows(tmp_path / "p.csv")
    assert list(rows[0]) == ["sku", "ref", "orderid", "line", "qty", "required_by"]
    picks = by(rows, "orderid", "line", "ref")
    assert picks["d40", "", "d1a"]["qty"] == "40"
    assert ("d60", "", "d1a") not in picks, "it may not be split, and the rest is on its way"
    assert all(row["orderid"] != "o9" for row in rows), "the batch is blocked"
    assert {row["ref"] for row in rows}.isdisjoint({"p1", "c2", "d1", "b1"})
    split = [row for row in rows if row["orderid"] == "o2" and row["line"] == "10"]
    assert sum(int(row["qty"]) for row in split) < 25, "what is in stock of a line that is split"
    assert split[0]["required_by"] == "2030-06-01"


def test_every_pick_can_be_shipped(busy: Run, database_url: str, tmp_path: Path) -> None:
    busy("export", "pick-list", "p.csv")
    rows = csv_rows(tmp_path / "p.csv")
    assert len(rows) > 15

    with closing(bootstrap(Settings(database_url))) as parts:
        for row in rows:
            line, qty = row["line"] or None, int(row["qty"])
            shipment = OrderLineShipped(row["orderid"], row["sku"], qty, row["ref"], line)
            assert parts.handle(shipment).error is None

    ended = busy("export", "pick-list", "p.csv", "--force")
    assert ended.stderr == "There are no picks to export: p.csv has the header only.\n"
    assert (tmp_path / "p.csv").read_text() == "sku,ref,orderid,line,qty,required_by\n"


@pytest.mark.parametrize("table", TABLES)
def test_a_workbook_has_the_same_cells_as_the_csv_file(
    busy: Run, tmp_path: Path, table: str
) -> None:
    busy("export", table, "t.csv")
    ended = busy("export", table, "t.xlsx")

    assert ended.returncode == 0
    header, *cells = (
        CalamineWorkbook.from_path(tmp_path / "t.xlsx").get_sheet_by_index(0).to_python()
    )
    rows = csv_rows(tmp_path / "t.csv")
    assert header == list(rows[0])
    assert [[as_csv(cell) for cell in row] for row in cells] == [list(row.values()) for row in rows]
    for row, of_csv in zip(cells, rows, strict=True):
        for column, cell in zip(header, row, strict=True):
            assert type(cell) is kind_of(str(column), of_csv[str(column)]), (column, cell)


def as_csv(cell: object) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) else str(cell)


def kind_of(column: str, text: str) -> type:
    if text and column in ("eta", "required_by", "due"):
        return date
    numbers = ("qty", "allocated", "available", "blocked", "open", "shipped", "waiting")
    return float if column in numbers else str


def test_a_workbook_has_texts_and_no_formulas_or_links(busy: Run, tmp_path: Path) -> None:
    busy("export", "batches", "t.xlsx")

    sheet = CalamineWorkbook.from_path(tmp_path / "t.xlsx").get_sheet_by_index(0).to_python()
    assert {*ODD, *MARKUP} < {row[1] for row in sheet}


@pytest.mark.parametrize(
    ("words", "skus"),
    [
        (("--sku", "LAMP"), {"LAMP"}),
        (("--sku", "lamp"), set()),
        (("--sku", "\udcff"), set()),
        (("--sku-prefix", "C"), {"CHAIR"}),
        (("--sku-prefix", "Gru\u0308"), {"Grüße-日本 🛋"}),
        (("--sku-prefix", "a "), {'a "b", c;d', "a & b"}),
        (("--sku-prefix", "_"), {"_x0041_"}),
        (("--sku-prefix", "%"), set()),
        (("--sku-prefix", "LAMP", "--sku", "CHAIR"), set()),
    ],
)
@pytest.mark.parametrize("table", TABLES)
def test_an_export_can_be_of_some_products(
    busy: Run, tmp_path: Path, table: str, words: tuple[str, ...], skus: set[str]
) -> None:
    assert busy("export", table, "t.csv", *words).returncode == 0
    assert {row["sku"] for row in csv_rows(tmp_path / "t.csv")} == skus


def test_an_export_is_longer_than_a_page(run: Run, database_url: str, tmp_path: Path) -> None:
    with closing(bootstrap(Settings(database_url))) as parts:
        parts.handle_all([BatchCreated(f"b{n}", "LAMP", 1) for n in range(3)])
        parts.handle_all(AllocationRequired(f"o{n}", "LAMP", 1) for n in range(9))
        parts.handle_all([AllocationRequired("s", "LAMP", 8, split=True)])
    with in_pages_of_two():
        for table in TABLES:
            assert run("export", table, f"{table}.csv").returncode == 0

    lengths = {table: len(csv_rows(tmp_path / f"{table}.csv")) for table in TABLES}
    assert lengths == {"batches": 3, "orders": 10, "backorders": 7, "pick-list": 3}


def test_an_empty_export_has_a_header_and_says_so(run: Run, tmp_path: Path) -> None:
    for table in TABLES:
        ended = run("export", table, f"{table}.csv")
        assert ended.returncode == 0
        assert ended.stderr.startswith("There are no ")
        assert len((tmp_path / f"{table}.csv").read_text().splitlines()) == 1


def test_a_file_is_replaced_only_if_that_is_asked_for(busy: Run, tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text("mine")

    refused = busy("export", "batches", file)

    assert refused.returncode == 2
    assert refused.stderr == f"error: {file}: the file exists already; --force replaces it\n"
    assert file.read_text() == "mine"
    assert busy("export", "batches", file, "--force").returncode == 0
    assert len(csv_rows(file)) == 23
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.glob("*b.csv*")] == ["b.csv"]


@pytest.mark.parametrize(
    ("file", "words", "reason"),
    [
        ("b.txt", (), "choose one with --format"),
        ("b", (), "choose one with --format"),
        ("nowhere/b.csv", (), "its directory does not exist"),
        ("folder.csv", ("--force",), "not a regular file"),
        ("b.csv", ("--format", "pdf"), "'pdf' is not one of"),
        ("-", ("--format", "xlsx"), "only CSV is written to standard output"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused(
    run: Run, tmp_path: Path, file: str, words: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "folder.csv").mkdir()

    ended = run("export", "batches", file, *words)

    assert ended.returncode == 2
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not [one for one in tmp_path.iterdir() if ".part" in one.name]


def test_the_format_can_be_given(busy: Run, tmp_path: Path) -> None:
    assert busy("export", "batches", "b.TXT", "--format", "csv").returncode == 0
    assert busy("export", "batches", "b.XLSX").returncode == 0
    assert len(csv_rows(tmp_path / "b.TXT")) == 23
    assert CalamineWorkbook.from_path(tmp_path / "b.XLSX").sheet_names == ["batches"]


def test_a_table_goes_to_standard_output(sqlite_url: str, tmp_path: Path) -> None:
    open_the_shop(sqlite_url)
    words = ("export", "batches", "--database", sqlite_url)

    ended = allocation(*words, "-", cwd=tmp_path, settings={"LC_ALL": "C", "PYTHONUTF8": "0"})

    allocation_here(*words, "b.csv", cwd=tmp_path)
    assert ended.stdout == (tmp_path / "b.csv").read_text(encoding="utf-8")
    assert ended.stderr.startswith("23 batches exported to standard output.\n")


def test_a_workbook_that_is_too_long_is_refused_and_csv_named(busy: Run, tmp_path: Path) -> None:
    with mock.patch.object(workbook, "MOST_ROWS", 24):
        assert busy("export", "batches", "b.xlsx").returncode == 0
        busy("import", "batches", a_file(tmp_path, "more,LAMP,1", header="ref,sku,qty"))

        ended = busy("export", "batches", "c.xlsx")

    assert ended.returncode == 2
    assert "23 rows below its header: export to a CSV file" in ended.stderr
    assert not [*tmp_path.glob("*c.xlsx*")]


@pytest.mark.parametrize("name", ["b.csv", "b.xlsx"])
def test_an_interrupted_export_leaves_nothing_and_says_so(
    busy: Run, tmp_path: Path, name: str
) -> None:
    read = kinds.BATCHES.read

    def interrupted(*arguments: Any) -> Iterator[Any]:
        yield from read(*arguments)
        signal.raise_signal(signal.SIGINT)

    kind = replace(kinds.BATCHES, read=interrupted)  # type: ignore[arg-type]
    with mock.patch.object(kinds, "BATCHES", kind):
        ended = busy("export", "batches", name)

    assert ended.returncode == 130
    assert ended.stderr == "Interrupted: nothing has been exported.\n"
    assert not [*tmp_path.glob("*b.*")]


def test_a_list_is_one_state_of_the_database(busy: Run, database: Database) -> None:
    with in_pages_of_two(), closing(ExportViews(database).batches(Selection())) as rows:
        refs = [next(rows).ref]
        with closing(bootstrap(Settings(database.engine.url.render_as_string(False)))) as parts:
            parts.handle(BatchCreated("zz", "LAMP", 1))
        refs += [row.ref for row in rows]

    assert len(refs) == 25
    assert "zz" not in refs


@contextmanager
def in_pages_of_two() -> Iterator[None]:
    with mock.patch.object(pages, "__kwdefaults__", {"order": (), "size": 2}):
        yield


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    ended = allocation_here("export", "batches", "b.csv", cwd=tmp_path)

    assert ended.returncode == 2
    assert [*tmp_path.iterdir()] == []


LITTLE: Final = 16 * 2**20
"""Bytes by which a long export may need more than a short one; it has more in its files."""


@pytest.mark.slow
def test_exports_and_states_take_constant_memory(
    sqlite: SQLite, tmp_path: Path, open_database: OpenDatabase
) -> None:
    peaks = dict[str, list[int]]()
    for name, lines in (("short", 20), ("long", 60_000)):
        folder = tmp_path / name
        folder.mkdir()
        fill_up(open_database(sqlite.migrated(folder)), lines)
        for words in (
            *(("orders", "o.csv"), ("backorders", "w.csv"), ("pick-list", "p.csv")),
            *(("orders", "o.xlsx"), ("all", "s.gz")),
        ):
            peak, _ = peak_of(COMMAND, "export", *words, cwd=folder)
            peaks.setdefault(words[1], []).append(peak)
        copy = ("--database", "sqlite:///copy.db")
        peak, _ = peak_of(COMMAND, "import", "all", "s.gz", *copy, cwd=folder)
        peaks.setdefault("import", []).append(peak)

    assert (tmp_path / "long" / "copy.db").stat().st_size > 2 * LITTLE
    assert {
        name: long - short for name, (short, long) in peaks.items() if long - short > LITTLE
    } == {}


def fill_up(database: Database, lines: int) -> None:
    long = "x" * 120
    few, many = [line("LAMP", n, "b1") for n in range(lines)], range(lines, 2 * lines)
    fill(
        database,
        {
            products: [product("LAMP", 2 * lines)],
            batches: [batch("b1", "LAMP", lines, lines)],
            order_lines: [*few, *(line("LAMP", n, None) for n in many)],
            messages: [message(n, "handled") | {"id": f"{n}{long}"} for n in range(lines)],
        },
    )


def test_a_reader_that_goes_away_is_an_error_in_one_line(sqlite_url: str, tmp_path: Path) -> None:
    with closing(bootstrap(Settings(sqlite_url))) as parts:
        parts.handle_all(BatchCreated(f"{n}-{'x' * 200}", "LAMP", 1) for n in range(2_000))
    words = (COMMAND, "export", "batches", "-", "--database", sqlite_url)
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=an_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == ",".join(kinds.BATCHES.columns) + "\n"
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (2, "error: standard output: Broken pipe\n")


def test_a_terminal_shows_the_progress(sqlite_url: str, tmp_path: Path) -> None:
    open_the_shop(sqlite_url)
    for words in (("batches", "b.csv"), ("all", "s.gz")):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            (COMMAND, "export", *words, "--database", sqlite_url),
            cwd=tmp_path,
            env=an_environment(TERM="xterm"),
            stderr=theirs,
        ) as process:
            os.close(theirs)
            output = everything_from(ours)
        assert process.returncode == 0
        assert "/s" in output
        assert f"exported to {words[1]}." in output
