"""Lines are released and served in the orders of the policies, wherever they are stored."""

from collections.abc import Iterator
from itertools import chain
from random import Random

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.adapters.sql.stock.part_row import COLUMNS, rows_of
from allocation.adapters.sql.stock.stored import SqlStoredLines
from allocation.domain.order_line import OrderLine, Part
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import STANDARD
from allocation.domain.stored_lines import StoredLines
from tests.support.builders import SKU
from tests.support.crowded_database import batch, fill, product
from tests.support.parts import a_part, backorder

LINES = 60
LARGEST = 4


def lines_in_any_order() -> list[Part]:
    """Half of them wait, and the others are promised in another order than they were accepted."""
    random = Random(7)
    positions = random.sample(range(1, 1000), LINES)
    numbers = random.sample(range(1000, 2000), LINES)
    return [
        a_part(
            OrderLine(f"o{n}", SKU, 1 + n % 5),
            positions[n],
            "b1" if n % 2 else None,
            numbers[n] if n % 2 else None,
        )
        for n in range(LINES)
    ]


def a_row(part: Part) -> dict[str, object]:
    (row,) = rows_of((part,))
    return dict(zip(COLUMNS, row, strict=True))


@pytest.fixture
def stored(database: Database) -> Iterator[StoredLines]:
    rows = [a_row(part) for part in lines_in_any_order()]
    stock = {products: [product(SKU, 2000)], batches: [batch("b1", SKU, 900, 0)]}
    fill(database, {**stock, order_lines: rows})
    with database.begin(snapshot=False) as driver:
        yield SqlStoredLines(driver, SKU)


def expected_to_lose() -> list[Part]:
    promised = [a for a in lines_in_any_order() if a.batchref == "b1"]
    return sorted(promised, key=STANDARD.release)


def expected_to_be_served(after: int) -> list[Part]:
    waiting = [a for a in lines_in_any_order() if a.batchref is None and a.position > after]
    return sorted((a for a in waiting if a.line.qty <= LARGEST), key=STANDARD.fill)


def test_a_database_releases_and_serves_lines_in_the_orders_of_the_policies(
    stored: StoredLines,
) -> None:
    assert list(chain(*stored.newest_on("b1"))) == expected_to_lose()
    assert list(chain(*stored.oldest_on("b1"))) == expected_to_lose()[::-1]
    for after in (0, 500):
        assert list(chain(*stored.waiting(lambda: LARGEST, after))) == expected_to_be_served(after)


def test_lines_in_memory_are_released_and_served_in_the_same_orders() -> None:
    changed = {part.line.key: (part,) for part in lines_in_any_order()}
    lines = OrderLines(last_number=2000, changed=changed)
    for after in (0, 500):
        assert list(lines.waiting(lambda: LARGEST, after)) == expected_to_be_served(after)
    taken_off = []
    while (newest := lines.first_to_release("b1")) is not None:
        taken_off.append(newest)
        backorder(lines, newest.line)
    assert taken_off == expected_to_lose()
