"""The furniture shop's stock and a year of its orders, through the command line."""

import json
import re
from collections import Counter
from typing import Final

from tests.e2e.shop_story import HELD_AFTER, ORDER, REF, SKU, Story
from tests.support.ledger import assert_no_line_waits_for_nothing, assert_nothing_oversold
from tests.support.shop_oracle import Expectation, Move, expected

LINES: Final = 2000


def test_both_files_come_in_and_the_counts_add_up(story: Story) -> None:
    shop = expected()
    allocated, waiting, refused = map(len, (shop.allocated, shop.waiting, shop.refused))

    assert story.batches.returncode == 0
    assert story.batches.stdout == "150 batches: 150 imported, 0 refused\n"
    assert story.orders.returncode == 1
    assert story.orders.stdout == (
        f"2,000 order lines: {allocated:,} allocated, {waiting} waiting, {refused} refused\n"
    )
    assert allocated + waiting + refused == LINES
    assert allocated > waiting > refused > 0


def test_every_line_is_where_the_rules_say(story: Story) -> None:
    assert story.imported.batchrefs == expected().placed
    assert_nothing_oversold(story.imported)
    assert_no_line_waits_for_nothing(story.imported)


def test_every_refused_line_is_listed_with_its_reason(story: Story) -> None:
    header, *rows = story.rejected
    assert header == "line,reason,orderid,sku,qty,ordered_on"
    refused = [tuple(row.split(",")[2:4]) for row in rows]
    assert refused == expected().refused
    assert all(f",Invalid sku {sku}," in row for row, (_, sku) in zip(rows, refused, strict=True))


def test_purchasing_gets_one_mail_for_each_sku_that_ran_out(story: Story) -> None:
    ran_out = {sku for _, sku in expected().waiting}

    shop = [row for row in story.imported.messages if row["type"] == "OutOfStock"]
    assert Counter(json.loads(row["body"])["sku"] for row in shop) == Counter(ran_out)
    assert {row["status"] for row in shop} == {"outgoing"}, "no command has a mail server"
    assert f"{len(ran_out)} e-mails wait to be sent" in story.orders.stderr
    assert story.batches.stderr == ""


def test_a_second_import_changes_nothing(story: Story) -> None:
    assert story.batches_again.stdout == "150 batches: 150 already known, 0 refused\n"
    counts = re.fullmatch(r"(.*): (.*), 42 refused\n", story.orders.stdout)
    assert counts is not None
    assert story.orders_again.stdout == (
        f"{counts[1]}: 1,958 already known ({counts[2]}), 42 refused\n"
    )
    assert story.imported_again.state == story.imported.state
    assert story.orders_again.stderr == story.orders.stderr


def test_a_correction_moves_lines_to_another_batch_and_into_the_queue(story: Story) -> None:
    _, moves = after_the_correction()
    moved = [move for move in moves if move.target is not None]
    waiting = [move for move in moves if move.target is None]

    assert {move.source for move in moves} == {REF}
    assert moved
    assert waiting
    assert {(move.orderid, move.target) for move in moves} <= {
        (orderid, batchref) for (orderid, sku), batchref in story.changed.batchrefs.items()
    }


def test_a_change_of_quantity_says_which_lines_moved_and_where_to(story: Story) -> None:
    _, moves = after_the_correction()

    assert story.change.returncode == 0
    first, _, *rows = story.change.stdout.splitlines()
    assert first == f"{REF} holds {HELD_AFTER} now; {len(moves)} order lines moved."
    assert sorted(row.split() for row in rows) == sorted(
        [m.orderid, m.sku, str(m.qty), m.source or "waiting", m.target or "waiting"] for m in moves
    )


def test_after_the_change_every_line_is_where_the_rules_say(story: Story) -> None:
    shop, _ = after_the_correction()

    assert story.changed.batchrefs == shop.placed
    assert_nothing_oversold(story.changed)
    assert_no_line_waits_for_nothing(story.changed)


def test_a_correction_raises_out_of_stock_once(story: Story) -> None:
    def times_out_of_stock(messages: list[dict[str, object]]) -> int:
        bodies = [row["body"] for row in messages if row["type"] == "OutOfStock"]
        return bodies.count(f'{{"sku":"{SKU}"}}')

    assert story.changed.with_status("pending") == []
    assert times_out_of_stock(story.imported.messages) == 0, "every line of it had its stock"
    assert times_out_of_stock(story.changed.messages) == 1


def test_show_sku_agrees(story: Story) -> None:
    shop, _ = after_the_correction()
    refs, queue = shop.stock[SKU], shop.queue(SKU)

    first, *rest = story.sku.stdout.splitlines()
    assert first == f"{SKU}: {len(refs)} batches, {len(queue)} lines waiting"
    _, *rows = (row.replace("in stock", "in-stock").split() for row in rest)
    batches, waiting = rows[: len(refs)], rows[len(refs) + 1 :]
    assert [(ref, *map(int, quantities)) for ref, _, *quantities in batches] == [
        (ref, shop.held[ref], shop.held[ref] - shop.room[ref], shop.room[ref]) for ref in refs
    ]
    assert waiting == [[orderid, str(shop.qty[orderid, sku])] for orderid, sku in queue]


def test_show_order_agrees(story: Story) -> None:
    shop, moves = after_the_correction()
    lines = {sku: batchref for (orderid, sku), batchref in shop.placed.items() if orderid == ORDER}

    rows = [row.split()[:4] for row in story.order.stdout.splitlines()[1:]]
    assert ORDER in {move.orderid for move in moves}
    assert rows == [
        [sku, str(shop.qty[ORDER, sku]), "allocated", batchref]
        for sku, batchref in sorted(lines.items())
    ]


def after_the_correction() -> tuple[Expectation, list[Move]]:
    """Where the lines are then, and which of them moved."""
    shop = expected()
    return shop, shop.correct(REF, SKU, HELD_AFTER)
