"""The commands of an operations manager's day: what each of them prints."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import a_file

COLUMNS = ["order", "sku", "qty", "from", "to", "due before", "due now"]
PROMISES = ["order", "sku", "qty", "batch", "due before", "due now", "late"]


@pytest.fixture
def run_day(stocked: Run, tmp_path: Path) -> Run:
    """All lamps in stock are promised to o1 and o2, those to come to o3, and o4 waits."""
    rows = ("o1,LAMP,60", "o2,LAMP,40", "o3,LAMP,8", "o4,LAMP,5")
    stocked("import", "orders", a_file(tmp_path, *rows))
    return stocked


def printed(run: Run, *words: str) -> tuple[list[str], list[list[str]]]:
    """The sentences that a command prints, and the rows of its table."""
    ended = run(*words)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    sentences = [line for line in lines if line.endswith(".")]
    rows = [line for line in lines if line not in sentences]
    return sentences, [re.split(r"\s{2,}", row.strip()) for row in rows]


def test_set_eta(run_day: Run) -> None:
    assert printed(run_day, "set-eta", "b2", "2030-03-01") == (
        ["b2 is due on 2030-03-01 now.", "Nothing else moved.", "1 promised date moved: 1 late."],
        [PROMISES, ["o3", "LAMP", "8", "b2", "2030-01-01", "2030-03-01", "late"]],
    )
    assert "2030-03-01" in run_day("show", "order", "o3").stdout


@pytest.mark.parametrize("words", [("set-eta", "b2", "arrived"), ("set-eta", "b2", "received")])
def test_a_shipment_arrives(run_day: Run, words: tuple[str, ...]) -> None:
    assert printed(run_day, *words)[0][0] == "b2 is in the warehouse now."
    assert run_day("ship", "o3").returncode == 0


def test_a_delay_moves_the_lines_that_gain_a_day(run_day: Run) -> None:
    run_day("send", "BatchCreated", "ref=b3", "sku=LAMP", "qty=8", "eta=2030-01-15")
    run_day("set-quantity", "b3", "13")  # o4 has waited for 5 of them
    assert printed(run_day, "set-eta", "b2", "2030-03-01", "--reason", "storm") == (
        [
            "b2 is due on 2030-03-01 now.",
            "1 order line moved: 1 reallocated.",
            "1 promised date moved: 1 late.",
        ],
        [
            COLUMNS,
            ["o3", "LAMP", "8", "b2", "b3", "2030-01-01", "2030-01-15"],
            PROMISES,
            ["o3", "LAMP", "8", "b3", "2030-01-01", "2030-01-15", "late"],
        ],
    )


def test_receive_all(run_day: Run) -> None:
    today = datetime.now(UTC).date().isoformat()
    assert printed(run_day, "receive", "b2") == (
        ["b2 is in the warehouse now.", "Nothing else moved.", "1 promised date moved."],
        [PROMISES[:-1], ["o3", "LAMP", "8", "b2", "2030-01-01", today]],
    )


def test_receive_a_part(run_day: Run) -> None:
    assert printed(run_day, "receive", "b2", "9", "--as", "b2a") == (
        ["9 units of b2 have arrived as b2a.", "1 order line moved: 1 reallocated."],
        [COLUMNS, ["o3", "LAMP", "8", "b2", "b2a", "2030-01-01", "in stock"]],
    )
    [first, *_] = printed(run_day, "receive", "b2", "1", "--as", "b2b")[0]
    assert first == "1 unit of b2 has arrived as b2b."


def test_a_repeated_receipt_is_told_as_one(run_day: Run) -> None:
    words = ("receive", "b2", "9", "--as", "b2a")
    run_day(*words)
    again = (
        ["9 units of b2 have arrived as b2a before: nothing has been done again."],
        ["Nothing else moved."],
    )
    assert printed(run_day, *words) == (again[0] + again[1], [])
    assert printed(run_day, *words, "--dry-run")[0][:1] == again[0]


def test_a_receipt_of_another_shipment_is_refused(run_day: Run) -> None:
    run_day("receive", "b2", "9", "--as", "b2a")
    run_day("send", "BatchCreated", "ref=b3", "sku=LAMP", "qty=45", "eta=2030-01-01")
    ended = run_day("receive", "b3", "9", "--as", "b2a")
    assert (ended.returncode, ended.stderr) == (
        1,
        "error: Batch b2a already exists with received_from b2, not b3\n",
    )


def test_more_units_than_were_expected_are_told(run_day: Run) -> None:
    dry, real = (
        printed(run_day, "receive", "b2", "1012", "--as", "b2a", *option)[0]
        for option in (["--dry-run"], [])
    )
    assert real[:2] == [
        "1,012 units of b2 have arrived as b2a.",
        "1,002 more than expected: b2 holds none, b2a all.",
    ]
    assert dry[1] == real[1]


def test_a_day_that_has_passed_is_told(run_day: Run) -> None:
    sentences, _ = printed(run_day, "set-eta", "b2", "2001-01-01")
    assert sentences[1] == "That day has passed: the shipment counts as overdue."


def test_block_and_unblock(run_day: Run) -> None:
    run_day("send", "BatchCreated", "ref=b3", "sku=LAMP", "qty=45")
    assert printed(run_day, "block", "b1", "--reason", "recall") == (
        ["b1 is blocked now.", "2 order lines moved: 1 reallocated, 1 waiting."],
        [
            COLUMNS,
            ["o2", "LAMP", "40", "b1", "b3", "in stock", "in stock"],
            ["o1", "LAMP", "60", "b1", "waiting", "in stock"],
        ],
    )
    assert printed(run_day, "unblock", "b1") == (
        ["b1 is not blocked now.", "1 order line moved: 1 allocated."],
        [COLUMNS, ["o1", "LAMP", "60", "waiting", "b1", "in stock"]],
    )


def test_cancel_batch(run_day: Run) -> None:
    assert printed(run_day, "cancel-batch", "b2") == (
        ["b2 is cancelled now.", "1 order line moved: 1 waiting."],
        [COLUMNS, ["o3", "LAMP", "8", "b2", "waiting", "2030-01-01"]],
    )
    assert printed(run_day, "cancel-batch", "b2") == (
        ["b2 is cancelled now.", "Nothing else moved."],
        [],
    )
    assert run_day("set-eta", "b2", "arrived").stderr == "error: Batch b2 is cancelled\n"


def test_cancel_a_line(run_day: Run) -> None:
    assert printed(run_day, "cancel", "o2", "LAMP") == (
        ["Order o2, LAMP: 0 open, 0 shipped, 40 cancelled.", "1 order line moved: 1 allocated."],
        [COLUMNS, ["o4", "LAMP", "5", "waiting", "b1", "in stock"]],
    )


def test_an_order_of_several_lines_is_described_line_by_line(run_day: Run, tmp_path: Path) -> None:
    run_day("send", "BatchCreated", "ref=b9", "sku=SOFA", "qty=9")
    file = a_file(tmp_path, "o5,SOFA,2,a", "o5,SOFA,3,b", header="orderid,sku,qty,line")
    run_day("import", "orders", file)
    run_day("ship", "o5", "SOFA", "--line", "a")

    dry, _ = printed(run_day, "cancel", "o5", "--dry-run")
    assert dry[:2] == [
        "Order o5, SOFA, line a: would have 0 open, 2 shipped.",
        "Order o5, SOFA, line b: would have 0 open, 0 shipped, 3 cancelled.",
    ]
    assert printed(run_day, "ship", "o5", "--dry-run")[0][:2] == [
        "Order o5, SOFA, line a: would have 0 open, 2 shipped.",
        "Order o5, SOFA, line b: would have 0 open, 3 shipped.",
    ]
    assert printed(run_day, "cancel", "o5") == (
        [
            "Order o5, SOFA, line a: 0 open, 2 shipped.",
            "Order o5, SOFA, line b: 0 open, 0 shipped, 3 cancelled.",
            "Nothing else moved.",
        ],
        [],
    )
    assert run_day("cancel", "o5", "SOFA").stderr == (
        "error: Order o5 has several lines for SOFA: name one of a, b\n"
    )


def test_ship_an_order(run_day: Run) -> None:
    assert printed(run_day, "ship", "o1") == (
        ["Order o1, LAMP: 0 open, 60 shipped.", "Nothing else moved."],
        [],
    )


def test_ship_units_from_another_batch(run_day: Run) -> None:
    run_day("receive", "b2")
    assert printed(run_day, "ship", "o1", "LAMP", "--qty", "6", "--from", "b2") == (
        [
            "Order o1, LAMP: 54 open, 6 shipped.",
            "3 order lines moved: 1 allocated, 1 reallocated, 1 waiting.",
        ],
        [
            COLUMNS,
            ["o1", "LAMP", "6", "b1", "b2", "in stock", "in stock"],
            ["o4", "LAMP", "5", "waiting", "b1", "in stock"],
            ["o3", "LAMP", "8", "b2", "waiting", "in stock"],
        ],
    )


def test_unship(run_day: Run) -> None:
    run_day("ship", "o1")
    assert printed(run_day, "unship", "o1", "LAMP", "--qty", "2") == (
        ["Order o1, LAMP: 2 open, 58 shipped.", "Nothing else moved."],
        [],
    )
    assert printed(run_day, "unship", "o1", "LAMP", "--from", "b1")[0][0] == (
        "Order o1, LAMP: 60 open, 0 shipped."
    )


def test_a_line_that_grows_on_its_batch_is_told_before_and_now(run_day: Run) -> None:
    run_day("set-quantity", "b1", "110")  # o4 gets 5 of them
    assert printed(run_day, "change", "o1", "LAMP", "64") == (
        ["Order o1, LAMP: 64 open, 0 shipped.", "1 order line moved: 1 grown in place."],
        [COLUMNS, ["o1", "LAMP", "60 -> 64", "on b1", "in stock"]],
    )


def test_a_line_that_grows_elsewhere_moves_and_grows_there(run_day: Run) -> None:
    run_day("send", "BatchCreated", "ref=b3", "sku=LAMP", "qty=12", "eta=2030-02-01")
    run_day("cancel", "o4")
    assert printed(run_day, "change", "o3", "LAMP", "12") == (
        [
            "Order o3, LAMP: 12 open, 0 shipped.",
            "2 order lines moved: 1 grown in place, 1 reallocated.",
        ],
        [
            COLUMNS,
            ["o3", "LAMP", "8", "b2", "b3", "2030-01-01", "2030-02-01"],
            ["o3", "LAMP", "8 -> 12", "on b3", "2030-02-01"],
        ],
    )


def test_new_units_of_a_split_line_did_not_wait(run_day: Run) -> None:
    run_day("send", "BatchCreated", "ref=b9", "sku=SOFA", "qty=9")
    run_day("send", "AllocationRequired", "orderid=o5", "sku=SOFA", "qty=9", "split=true")
    run_day("send", "BatchCreated", "ref=b8", "sku=SOFA", "qty=9", "eta=2030-01-01")
    assert printed(run_day, "change", "o5", "SOFA", "11")[1] == [
        COLUMNS,
        ["o5", "SOFA", "2", "new", "b8", "2030-01-01"],
    ]


def test_change(run_day: Run) -> None:
    assert printed(run_day, "change", "o1", "LAMP", "55") == (
        ["Order o1, LAMP: 55 open, 0 shipped.", "1 order line moved: 1 allocated."],
        [COLUMNS, ["o4", "LAMP", "5", "waiting", "b1", "in stock"]],
    )


def test_a_line_is_named_in_the_table(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,95,a", "o1,LAMP,3,b", header="orderid,sku,qty,line")
    stocked("import", "orders", file)
    assert printed(stocked, "set-quantity", "b1", "95")[1] == [
        ["order", "sku", "line", "qty", "from", "to", "due before", "due now"],
        ["o1", "LAMP", "b", "3", "b1", "b2", "in stock", "2030-01-01"],
    ]


def test_one_of_several_lines_is_meant_by_its_name(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,5,a", "o1,LAMP,6,b", header="orderid,sku,qty,line")
    stocked("import", "orders", file)
    line = ("o1", "LAMP", "--line", "b")
    assert printed(stocked, "change", "o1", "LAMP", "7", "--line", "b")[0][0] == (
        "Order o1, LAMP, line b: 7 open, 0 shipped."
    )
    assert printed(stocked, "ship", *line)[0][0] == "Order o1, LAMP, line b: 0 open, 7 shipped."
    assert printed(stocked, "unship", *line)[0][0] == "Order o1, LAMP, line b: 7 open, 0 shipped."
    assert (
        printed(stocked, "cancel", *line)[0][0]
        == "Order o1, LAMP, line b: 0 open, 0 shipped, 7 cancelled."
    )


def test_units_come_back_to_the_batch_that_is_named_only(run_day: Run) -> None:
    run_day("receive", "b2")
    run_day("ship", "o1", "LAMP", "--qty", "6", "--from", "b2")
    run_day("ship", "o1", "LAMP")
    assert printed(run_day, "unship", "o1", "LAMP", "--from", "b2")[0][0] == (
        "Order o1, LAMP: 6 open, 54 shipped."
    )


def test_a_repeated_command_for_an_order_describes_it_as_the_first_one_did(run_day: Run) -> None:
    run_day("ship", "o1", "--id", "k1")
    run_day("unship", "o1", "LAMP", "--qty", "2")
    assert printed(run_day, "ship", "o1", "--id", "k1")[0][1] == (
        "Order o1, LAMP: 0 open, 60 shipped."
    )
