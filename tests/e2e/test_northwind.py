"""The Northwind company's stock and two years of its orders, through the command line."""

import json
import re
from collections import Counter
from typing import Final

from tests.e2e.northwind_story import Story
from tests.support.ledger import assert_no_line_waits_for_nothing, assert_nothing_oversold
from tests.support.northwind import Expectation, Key, expected

LINES: Final = 2155
UNKNOWN_SKU: Final = 109
HELD_BEFORE: Final = 39
HELD_AFTER: Final = 10


def test_both_files_come_in_and_the_counts_add_up(story: Story) -> None:
    assert story.batches.returncode == 0
    assert story.batches.stdout == "89 batches: 89 taken in, 0 refused\n"
    assert story.orders.returncode == 1
    told = re.fullmatch(
        r"2,155 order lines: (\d+) allocated, ([\d,]+) waiting, 109 refused\n", story.orders.stdout
    )
    assert told is not None, story.orders.stdout
    allocated, waiting = (int(count.replace(",", "")) for count in told.groups())
    assert allocated + waiting + UNKNOWN_SKU == LINES
    placed = list(story.imported.batchrefs.values())
    assert (allocated, waiting) == (len(placed) - placed.count(None), placed.count(None))


def test_every_line_is_where_the_rules_say(story: Story) -> None:
    told = expected()

    assert story.imported.batchrefs == told.placed
    assert_nothing_oversold(story.imported)
    assert_no_line_waits_for_nothing(story.imported)


def test_every_refused_line_is_told_with_its_reason(story: Story) -> None:
    header, *rows = story.rejected
    assert header == "line,reason,orderid,sku,qty,ordered_on"
    refused = [tuple(row.split(",")[2:4]) for row in rows]
    assert refused == expected().refused
    assert len(rows) == UNKNOWN_SKU
    assert all(f",Invalid sku {sku}," in row for row, (_, sku) in zip(rows, refused, strict=True))


def test_who_buys_stock_is_told_once_of_each_sku_that_ran_out(story: Story) -> None:
    ran_out = {sku for _, sku in expected().waiting}

    told = [row for row in story.imported.messages if row["type"] == "OutOfStock"]
    assert Counter(json.loads(row["body"])["sku"] for row in told) == Counter(ran_out)
    assert {row["fate"] for row in told} == {"outgoing"}, "no command has a mail server"
    assert f"{len(ran_out)} e-mails wait to be sent" in story.orders.stderr
    assert story.batches.stderr == ""


def test_a_second_import_changes_nothing(story: Story) -> None:
    assert story.batches_again.stdout == "89 batches: 89 known already, 0 refused\n"
    told = re.fullmatch(r"(.*): (.*), 109 refused\n", story.orders.stdout)
    assert told is not None
    assert story.orders_again.stdout == (
        f"{told[1]}: 2,046 known already ({told[2]}), 109 refused\n"
    )
    assert story.imported_again.state == story.imported.state
    assert story.orders_again.stderr == story.orders.stderr


def test_a_change_of_quantity_says_which_lines_moved_and_where_to(story: Story) -> None:
    _, moves = after_the_change()

    assert story.change.returncode == 0
    first, _, *rows = story.change.stdout.splitlines()
    assert first == f"STOCK-1 holds 10 now; {len(moves)} order lines moved."
    assert sorted(tuple(row.split()) for row in rows) == sorted(moves)


def test_after_the_change_every_line_is_where_the_rules_say(story: Story) -> None:
    told, _ = after_the_change()

    assert story.changed.batchrefs == told.placed
    assert_nothing_oversold(story.changed)
    assert_no_line_waits_for_nothing(story.changed)


def test_the_change_tells_once_that_it_ran_out_again(story: Story) -> None:
    assert story.changed.with_fate("pending") == []
    told = [row["body"] for row in story.changed.messages if row["type"] == "OutOfStock"]
    assert told.count('{"sku":"CHAI"}') == 2


def test_show_agrees(story: Story) -> None:
    told, _ = after_the_change()
    waiting = [key for key in told.waiting if key[1] == "CHAI"]

    room = told.room["STOCK-1"]

    first, *rows = story.sku.stdout.splitlines()
    _, batch, _, *queue = (row.split() for row in rows)
    assert first == f"CHAI: 1 batch, {len(waiting)} lines waiting"
    assert batch == ["STOCK-1", "in", "stock", "10", str(10 - room), str(room)]
    assert queue == [[orderid, str(told.qty[orderid, sku])] for orderid, sku in waiting]
    order = [row.split() for row in story.order.stdout.splitlines()]
    assert ["CHAI", "10", "allocated", "STOCK-1"] in order


def after_the_change() -> tuple[Expectation, list[tuple[str, ...]]]:
    """Where the lines are then; and what moved: order, sku, qty, from, to."""
    told = expected()
    before = dict(told.placed)
    taken_off = told.shrink("STOCK-1", "CHAI", HELD_BEFORE - HELD_AFTER)
    moved: list[Key] = [*taken_off, *(k for k in told.placed if before[k] != told.placed[k])]
    return told, [
        (*key, str(told.qty[key]), before[key] or "waiting", told.placed[key] or "waiting")
        for key in dict.fromkeys(moved)
    ]
