"""Causes and follow-ups of messages in long chains, and in a log that has been pruned."""

from typing import Any

import pytest
from sqlalchemy import delete

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.views import ChainView, ChainViews, follow_ups
from tests.support.crowded_database import fill, message

ROOT = "old-0"


def a_chain(*causes: int | None) -> list[dict[str, Any]]:
    """Rows of one chain: the incoming message, and for each number a message that it caused."""
    caused = [
        {**message(number, "handled", f"old-{cause}"), "correlation_id": ROOT}
        for number, cause in enumerate(causes, 1)
    ]
    return [message(0, "handled"), *caused]


def around(database: Database, number: int, **page: int) -> ChainView:
    view = ChainViews(database).around(f"old-{number}", **page)
    assert view is not None
    return view


def follow_ups_of(database: Database, number: int, limit: int) -> list[str]:
    """The ids of the follow-ups on all pages."""
    ids, after = [], 0
    while True:
        page = around(database, number, after=after, limit=limit).page
        ids += [each.id for each in page.follow_ups]
        assert len(page.follow_ups) <= limit
        if page.next_after is None:
            return ids
        assert page.next_after > after
        after = page.next_after


def named(*numbers: int) -> list[str]:
    return [f"old-{number}" for number in numbers]


FOREST = (0, 0, 1, 2, 3, 4, 1, 6, 2)
"""Below 1: 3, 7, 5; below 2: 4, 9, 6, 8."""


@pytest.mark.parametrize("limit", [1, 2, 10])
@pytest.mark.parametrize("examined", [1, 2, 3, 100])
def test_of_two_follow_ups_each_has_its_own_follow_ups(
    database: Database, monkeypatch: pytest.MonkeyPatch, limit: int, examined: int
) -> None:
    monkeypatch.setattr(follow_ups, "EXAMINED", examined)
    fill(database, {messages: [*a_chain(*FOREST), message(99, "handled", "old-98")]})

    assert follow_ups_of(database, 0, limit) == named(*range(1, 10))
    assert follow_ups_of(database, 1, limit) == named(3, 5, 7)
    assert follow_ups_of(database, 2, limit) == named(4, 6, 8, 9)
    assert follow_ups_of(database, 6, limit) == named(8)
    assert follow_ups_of(database, 9, limit) == []


def test_a_page_counts_what_comes_after_it(database: Database) -> None:
    fill(database, {messages: a_chain(*FOREST)})

    page = around(database, 0, limit=4).page
    assert (page.next_after, page.remaining) == (page.follow_ups[-1].number, 5)
    assert around(database, 0, limit=9).page.remaining == 0


@pytest.mark.parametrize(
    ("last", "listed", "missing"),
    [
        (3, [0, 1, 2], None),
        (100, [*range(100)], None),
        (101, [*range(101)], None),
        (102, [0, *range(2, 102)], "left out"),
        (250, [0, *range(150, 250)], "left out"),
    ],
)
def test_of_very_many_causes_the_first_and_the_last_hundred_are_listed(
    database: Database, last: int, listed: list[int], missing: str | None
) -> None:
    fill(database, {messages: a_chain(*range(250))})

    causes = around(database, last).causes
    assert [cause.id for cause in causes.messages] == named(*listed)
    assert causes.missing == missing


@pytest.mark.parametrize(
    ("pruned", "listed", "missing"),
    [
        ([0], [1, 2], "pruned"),
        ([1], [2], "pruned"),
        ([0, 1, 2], [], "pruned"),
    ],
)
def test_pruned_causes_are_missing(
    database: Database, pruned: list[int], listed: list[int], missing: str
) -> None:
    fill(database, {messages: a_chain(0, 1, 2)})
    with database.writing() as connection:
        connection.execute(delete(messages).where(messages.c.id.in_(named(*pruned))))
        connection.commit()

    causes = around(database, 3).causes
    assert ([cause.id for cause in causes.messages], causes.missing) == (named(*listed), missing)


def test_a_chain_of_many_causes_whose_first_one_is_pruned(database: Database) -> None:
    fill(database, {messages: a_chain(*range(150))})
    with database.writing() as connection:
        connection.execute(delete(messages).where(messages.c.id == ROOT))
        connection.commit()

    causes = around(database, 150).causes
    assert [cause.id for cause in causes.messages] == named(*range(50, 150))
    assert causes.missing == "left out"
    assert around(database, 50).causes.missing == "pruned"


def test_a_refusal_of_another_version_is_shown_as_it_is(database: Database) -> None:
    refusals = {
        "InvalidSku": '{"error":"InvalidSku","facts":{"sku":"X"}}',
        "another": '{"error":"NoSuchRefusal","facts":{}}',
        "of other facts": '{"error":"InvalidSku","facts":{"name":"X"}}',
    }
    rows = [
        {**message(number, "refused"), "refusal": refusal}
        for number, refusal in enumerate(refusals.values())
    ]
    fill(database, {messages: rows})

    shown = [around(database, number).message.refusal for number in range(3)]
    assert shown == ["InvalidSku: Invalid sku X", *list(refusals.values())[1:]]
