"""What the exported tables have: batches, order lines, backorders and the pick list."""

from contextlib import closing
from pathlib import Path

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, OrderLineShipped
from allocation.views.exports import ExportViews
from allocation.views.selections import Selection
from tests.integration.cli.conftest import Run
from tests.support.exported import TABLES, by, csv_rows, in_pages_of_two
from tests.support.files import BATCH_COLUMNS, a_file


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
    assert list(rows[0]) == ["sku", "ref", "orderid", "line", "qty", "required_by", "id"]
    picks = by(rows, "orderid", "line", "ref")
    assert picks["d40", "", "d1a"]["qty"] == "40"
    assert ("d60", "", "d1a") not in picks, "it may not be split, and the rest is on its way"
    assert all(row["orderid"] != "o9" for row in rows), "the batch is blocked"
    assert {row["ref"] for row in rows}.isdisjoint({"p1", "c2", "d1", "b1"})
    split = [row for row in rows if row["orderid"] == "o2" and row["line"] == "10"]
    assert sum(int(row["qty"]) for row in split) < 25, "what is in stock of a line that is split"
    assert split[0]["required_by"] == "2030-06-01"


def test_nothing_is_picked_from_a_batch_that_is_just_being_blocked(
    busy: Run, database: Database, tmp_path: Path
) -> None:
    """Its lines move in portions; until then, they are allocated to it."""
    with database.writing() as connection:
        connection.execute(batches.update().where(batches.c.reference == "d1a"), {"blocked": True})
        connection.commit()

    busy("export", "pick-list", "p.csv", "--sku", "DESK")

    assert csv_rows(tmp_path / "p.csv") == []


def test_a_pick_has_an_id_of_its_own_until_its_product_changes(busy: Run, tmp_path: Path) -> None:
    """Two parts of a line, or two lines of an order, are two picks."""
    lists = [tmp_path / f"{number}.csv" for number in range(3)]
    busy("export", "pick-list", lists[0])
    busy("export", "pick-list", lists[1])
    busy("send", "BatchCreated", "ref=new", "sku=LAMP", "qty=1", "eta=2031-01-01")
    busy("export", "pick-list", lists[2])

    first, second, third = (by(csv_rows(file), "id") for file in lists)
    assert first == second
    changed = [row["sku"] for id, row in first.items() if id not in third]
    assert {*changed} == {"LAMP"}
    assert len(changed) == [row["sku"] for row in first.values()].count("LAMP")
    assert len(third) >= len(first)


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
    assert (tmp_path / "p.csv").read_text() == "sku,ref,orderid,line,qty,required_by,id\n"


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


def test_a_list_is_one_state_of_the_database(busy: Run, database: Database) -> None:
    with in_pages_of_two(), closing(ExportViews(database).batches(Selection())) as rows:
        refs = [next(rows).ref]
        with closing(bootstrap(Settings(database.engine.url.render_as_string(False)))) as parts:
            parts.handle(BatchCreated("zz", "LAMP", 1))
        refs += [row.ref for row in rows]

    assert len(refs) == 25
    assert "zz" not in refs
