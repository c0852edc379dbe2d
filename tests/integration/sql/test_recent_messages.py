"""The latest messages are found by a search that ends, however long the log is."""

from datetime import timedelta

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, products
from allocation.views import MessageFilter
from allocation.views.recent import CHUNK, RecentViews
from tests.support.crowded_database import DEAD, MESSAGES, batch, fill, grow, product
from tests.support.crowded_database import message as a_crowded_row
from tests.support.groups import NOW
from tests.support.logged_messages import a_row, write_rows
from tests.support.plans import bad_plans
from tests.support.spies import overheard

ALLOWED = {
    # The end of the log: the first chunk in the order of the primary key.
    "SELECT min(": {"SCAN anon_1", "SCAN messages", "Index Only Scan messages pk_messages"},
}
EVERY_FILTER = MessageFilter("OutOfStock", "handled", "CHAIR", "none")


def ids(database: Database, chosen: MessageFilter) -> list[str]:
    page = RecentViews(database).page(chosen)
    return [message.id for message in page.messages]


@pytest.fixture
def log(database: Database) -> Database:
    """A log with one message of each kind that filters tell apart."""
    rows = [
        a_row("m1", sender="shop"),
        a_row("m2", type="Deallocated", body='{"sku":"LAMP","batchref":"b1"}'),
        a_row("m3", status="dead", body='{"ref":"b-lamp","qty":1}'),
        a_row("m4", sender="warehouse", body='{"ref":"b-other","qty":1}'),
    ]
    write_rows(database, *rows)
    fill(database, {products: [product("LAMP", 0)], batches: [batch("b-lamp", "LAMP", 1, 0)]})
    return database


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (MessageFilter(), ["m4", "m3", "m2", "m1"]),
        (MessageFilter(type="Deallocated"), ["m2"]),
        (MessageFilter(status="dead"), ["m3"]),
        (MessageFilter(sku="LAMP"), ["m3", "m2"]),
        (MessageFilter(sku="CHAIR"), ["m1"]),
        (MessageFilter(sender="shop"), ["m1"]),
        (MessageFilter(sku="LAMP", status="handled"), ["m2"]),
        (MessageFilter(sender="nobody"), []),
    ],
)
def test_a_page_has_the_messages_that_fit_newest_first(
    log: Database, chosen: MessageFilter, expected: list[str]
) -> None:
    assert ids(log, chosen) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_the_pages_hold_each_message_once(log: Database, limit: int) -> None:
    views, before, listed = RecentViews(log), None, list[str]()
    while True:
        page = views.page(before=before, limit=limit)
        listed += [message.id for message in page.messages]
        before = page.next_before
        if before is None:
            break
    assert listed == ["m4", "m3", "m2", "m1"]


def test_a_search_that_ends_early_tells_how_far_it_came(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    rows = [a_row("wanted", sender="shop"), *(a_row(f"m{n}", at=later) for n in range(CHUNK))]
    write_rows(database, *rows)
    views, wanted = RecentViews(database), MessageFilter(sender="shop")

    page = views.page(wanted, searched=CHUNK)
    assert (page.messages, page.searched_to) == ([], later)
    following = views.page(wanted, before=page.next_before, searched=CHUNK)
    assert [message.id for message in following.messages] == ["wanted"]
    assert (following.next_before, following.searched_to) == (None, None)


def test_a_full_page_does_not_tell_how_far_the_search_came(database: Database) -> None:
    write_rows(database, *(a_row(f"m{n}") for n in range(CHUNK)))

    page = RecentViews(database).page(limit=CHUNK, searched=CHUNK)
    assert (len(page.messages), page.searched_to) == (CHUNK, None)


def test_the_latest_messages_are_read_by_the_primary_key(database: Database) -> None:
    grow(database)
    write_rows(database, a_crowded_row(MESSAGES + DEAD + 5, "handled"))
    with overheard(database) as traffic:
        for chosen in (MessageFilter(), EVERY_FILTER):
            RecentViews(database).page(chosen, limit=2)
            RecentViews(database).page(chosen, before=MESSAGES, limit=2)
    assert bad_plans(database, traffic, ALLOWED) == {}
