"""What a chain of messages has moved, whichever database its facts are in."""

import json
import random
from typing import Any

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.domain.moves import Move
from allocation.views import FactNames, facts, moves
from allocation.views.moves import MoveViews
from tests.support.crowded_database import fill, message
from tests.support.plans import effort
from tests.support.spies import overheard

NAMES = FactNames("Allocated", "Deallocated")
CHAIN = "old-0"
BATCHES = ("b1", "b2")


def a_fact(number: int, name: str, line: tuple[str, str], batchref: str) -> dict[str, Any]:
    """A row of the log."""
    body = {"orderid": line[0], "sku": line[1], "qty": 1, "batchref": batchref}
    body["backordered"] = name == NAMES.allocated
    return {**message(number, "handled", CHAIN), "type": name, "body": json.dumps(body)}


@pytest.mark.parametrize("paired", [facts.PAIRED, 10])
@pytest.mark.parametrize("seed", range(5))
def test_each_allocation_and_each_line_left_waiting_is_on_one_page(
    database: Database, seed: int, paired: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines move several times, order ids are those of two products, and some lines return."""
    monkeypatch.setattr(facts, "PAIRED", paired)  # so that a short chain is paired in parts, too
    monkeypatch.setattr(moves, "PAIRED", 0 if paired == 10 else moves.PAIRED)
    rng = random.Random(seed)
    batches = {
        (f"o{n}", sku): rng.choice((*BATCHES, None)) for n in range(6) for sku in ("CHAIR", "LAMP")
    }
    rows, moved, lost = [message(0, "handled")], [], dict[tuple[str, str], str]()
    for number in range(1, 60):
        line = rng.choice(list(batches))
        source, batches[line] = batches[line], None
        if source is not None:
            rows.append(a_fact(number, NAMES.deallocated, line, source))
            lost[line] = source
        else:
            batches[line] = target = rng.choice(BATCHES)
            rows.append(a_fact(number, NAMES.allocated, line, target))
            moved.append(Move(*line, 1, lost.pop(line, None), target))
    waiting = [Move(*line, 1, source, None) for line, source in reversed(lost.items())]
    fill(database, {messages: rows})

    views = MoveViews(database, NAMES)
    listed: list[Move] = []
    cursor: int | None = 0
    while cursor is not None:
        page = views.page(CHAIN, cursor, limit=3)
        listed += page.moves
        cursor = page.next_after
    assert waiting
    assert listed == [m for m in moved if m.from_batchref != m.to_batchref] + waiting
    assert views.counts(CHAIN).allocated == len(moved)


def test_lines_that_were_only_released_are_listed_from_the_latest_on(database: Database) -> None:
    facts = [a_fact(n, NAMES.deallocated, (f"o{n}", "CHAIR"), "b1") for n in range(1, 6)]
    fill(database, {messages: [message(0, "handled"), *facts]})

    views = MoveViews(database, NAMES)
    first = views.page(CHAIN, limit=3)
    assert [move.orderid for move in first.moves] == ["o5", "o4", "o3"]
    assert first.next_after is not None
    second = views.page(CHAIN, first.next_after, limit=3)
    assert [move.orderid for move in second.moves] == ["o2", "o1"]


def test_the_effort_for_an_answer_and_for_a_page_grows_no_faster_than_the_chain(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "PAIRED", 0)  # both chains are read page by page
    few, many = 300, 3_000
    efforts = {}
    for lines in (few, many):
        facts = [(NAMES.deallocated, n, "b1") for n in range(lines)]
        facts += [(NAMES.allocated, n, "b2") for n in range(lines // 2, lines)]
        of_chain = {"correlation_id": f"chain-{lines}"}
        rows = [
            a_fact(10 * lines + number, name, (f"o{n}", "CHAIR"), ref) | of_chain
            for number, (name, n, ref) in enumerate(facts)
        ]
        fill(database, {messages: rows})
        with overheard(database) as traffic:
            views = MoveViews(database, NAMES)
            summary = views.summary(f"chain-{lines}")
            views.page(f"chain-{lines}", -(2**62))
        assert (summary.counts.deallocated, summary.counts.allocated) == (lines, lines // 2)
        efforts[lines] = effort(database, traffic)
    assert efforts[many] < 2 * efforts[few] * many / few


def test_the_messages_that_have_moved_lines_are_looked_up_together(database: Database) -> None:
    quiet = {**message(2, "handled", "old-1"), "type": "BackInStock"}
    promised = {**message(4, "handled", "old-3"), "type": "PromiseChanged"}
    asked = [f"old-{number}" for number in (5, 3, 1, 0)] + [f"no-{n}" for n in range(2_500)]
    fill(
        database,
        {
            messages: [
                *(message(number, "handled") for number in (0, 1, 3)),
                *(quiet, promised),
                *(a_fact(n, NAMES.allocated, ("o1", "LAMP"), "b1") for n in range(10, 400)),
            ]
        },
    )

    assert MoveViews(database, NAMES).moving(asked) == ["old-3", "old-0"]
    assert MoveViews(database, NAMES).moving([]) == []
