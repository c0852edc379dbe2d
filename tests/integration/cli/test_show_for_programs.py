"""`allocation show` with `--json` and `--csv`."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import a_file


@pytest.fixture
def ordered(stocked: Run, tmp_path: Path) -> Run:
    """Two lines are promised from the batch in stock."""
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,60", "o2,LAMP,40"))
    return stocked


def test_a_batch_is_one_object_with_its_lines(ordered: Run) -> None:
    shown = json.loads(ordered("show", "batch", "b1", "--json", "--limit", "1").stdout)
    assert (shown["batch"]["batchref"], shown["batch"]["allocated_quantity"]) == ("b1", 100)
    assert [line["orderid"] for line in shown["lines"]] == ["o1"]
    rest = ordered("show", "batch", "b1", "--json", "--after", str(shown["next_after"]))
    assert [line["orderid"] for line in json.loads(rest.stdout)["lines"]] == ["o2"]


def test_the_lines_of_a_batch_are_rows_of_csv(ordered: Run) -> None:
    header, *rows = ordered("show", "batch", "b1", "--csv").stdout.splitlines()
    assert header == "orderid,sku,line,qty,required_by,first_promised,late"
    assert [row.split(",")[:4] for row in rows] == [
        ["o1", "LAMP", "", "60"],
        ["o2", "LAMP", "", "40"],
    ]
    empty = ordered("show", "batch", "b2", "--csv")
    assert empty.stdout == f"{header}\n"


def test_a_product_is_one_object(ordered: Run) -> None:
    shown = json.loads(ordered("show", "sku", "LAMP", "--json").stdout)
    assert [batch["batchref"] for batch in shown["product"]["batches"]] == ["b1", "b2"]
    assert shown["batch_count"] == 2


def test_the_parts_of_an_order_are_objects(ordered: Run) -> None:
    [line] = ordered("show", "order", "o1", "--json").stdout.splitlines()
    assert json.loads(line)["batchref"] == "b1"


@pytest.mark.parametrize("words", [("sku", "none"), ("order", "none"), ("batch", "none")])
def test_what_is_not_there_ends_with_1_and_prints_nothing(
    ordered: Run, words: tuple[str, ...]
) -> None:
    ended = ordered("show", *words, "--json")
    assert (ended.returncode, ended.stdout) == (1, "")


def test_two_formats_are_too_many(ordered: Run) -> None:
    ended = ordered("show", "batch", "b1", "--json", "--csv")
    assert (ended.returncode, ended.stdout) == (2, "")
