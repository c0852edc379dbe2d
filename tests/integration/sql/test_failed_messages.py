"""Dead letters are grouped by what failed, and chosen by it."""

from datetime import timedelta

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.views import FailureKind
from allocation.views.failed_messages import LONGEST_ERROR, FailureViews
from tests.support.crowded_database import DEAD, grow
from tests.support.groups import NOW
from tests.support.logged_messages import a_row, write_rows
from tests.support.plans import bad_plans
from tests.support.spies import overheard

DOWN, BUG = FailureKind("Digest", "OSError: down"), FailureKind("FillContinued", "ValueError: bug")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def failed(database: Database) -> Database:
    """A log with two kinds of dead letters."""
    write_rows(
        database,
        a_row("d1", type="Digest", status="dead", error="OSError: down"),
        a_row("f1", type="FillContinued", status="dead", error="ValueError: bug\nline 7"),
        a_row("m1", type="Digest", error="OSError: down"),
        a_row("d2", type="Digest", status="dead", error="OSError: down\r\nagain", at=LATER),
        a_row("d3", type="Digest", status="dead", error="OSError: down", at=LATER),
    )
    return database


def test_groups_count_the_dead_letters_of_a_type_with_the_same_first_line(
    failed: Database,
) -> None:
    groups = FailureViews(failed).groups()

    assert (groups.count, groups.is_complete) == (4, True)
    first, second = groups.groups
    assert (first.kind, first.count, first.newest) == (DOWN, 3, "d3")
    assert (first.oldest_at, first.newest_at) == (NOW, LATER)
    assert (second.kind, second.count, second.newest) == (BUG, 1, "f1")


def test_errors_are_told_apart_by_so_many_characters(database: Database) -> None:
    long = "x" * LONGEST_ERROR
    rows = [a_row(f"d{n}", type="Digest", status="dead", error=f"{long}{n}") for n in range(2)]
    write_rows(database, *rows, a_row("d3", type="Digest", status="dead"))

    kinds = {group.kind: group.count for group in FailureViews(database).groups().groups}
    assert kinds == {FailureKind("Digest", long): 2, FailureKind("Digest", ""): 1}


def test_a_page_has_the_dead_letters_of_a_kind_newest_first(failed: Database) -> None:
    views = FailureViews(failed)

    assert [each.id for each in views.page().messages] == ["d3", "d2", "f1", "d1"]
    first = views.page(DOWN, limit=2)
    assert [each.id for each in first.messages] == ["d3", "d2"]
    second = views.page(DOWN, before=first.next_before, limit=2)
    assert [each.id for each in second.messages] == ["d1"]
    assert second.next_before is None
    assert views.page(FailureKind("Digest", "")).messages == []


def test_all_dead_letters_have_pages(failed: Database) -> None:
    views, before, listed = FailureViews(failed), None, list[str]()
    while True:
        page = views.page(before=before, limit=3)
        listed += [each.id for each in page.messages]
        before = page.next_before
        if before is None:
            break
    assert listed == ["d3", "d2", "f1", "d1"]


def test_those_chosen_are_in_log_order_and_none_is_newer_than_the_last(failed: Database) -> None:
    views = FailureViews(failed)

    chosen = views.chosen(DOWN)
    assert (chosen.ids, chosen.is_complete) == (["d1", "d2", "d3"], True)
    write_rows(failed, a_row("d4", type="Digest", status="dead", error="OSError: down"))
    assert views.chosen(DOWN, through=chosen.last).ids == ["d1", "d2", "d3"]
    assert views.chosen().ids == ["d1", "f1", "d2", "d3", "d4"]
    assert views.chosen(FailureKind("Digest", "")).ids == []


def test_failures_are_read_by_the_index_of_dead_letters(database: Database) -> None:
    grow(database)
    with overheard(database) as traffic:
        views = FailureViews(database)
        assert not views.groups().is_complete
        assert views.page(FailureKind("OutOfStock", ""), before=10**6).messages
        assert len(views.chosen().ids) == DEAD
    assert bad_plans(database, traffic, {}) == {}
