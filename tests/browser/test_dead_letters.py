"""Dead letters are replayed, discarded, and edited and sent again, with and without script."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from allocation.adapters.sql.engine.database import Database
from tests.browser.conftest import Visitor
from tests.browser.test_accessibility import broken_rules, in_both_schemes
from tests.browser.test_actions import in_every_way
from tests.browser.test_pages import width_of
from tests.support.browser_hands import Hand
from tests.support.browser_sites import Site, open_site
from tests.support.browser_visits import PHONE, Scheme
from tests.support.databases import SQLite
from tests.support.logged_messages import a_row, write_rows

FAILURES = "/board/failures"
LETTERS = 6


@pytest.fixture
def failed_site(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose log has six dead letters of one kind, and one of another."""
    folder = tmp_path_factory.mktemp("failed-site")
    url = sqlite.migrated(folder)
    with closing(Database(url)) as database:
        write_rows(database, *(line(number) for number in range(LETTERS)), overdue())
    with open_site(url, folder) as site:
        yield site


def line(number: int) -> dict[str, object]:
    body = f'{{"orderid":"o{number}","sku":"LAMP","qty":1}}'
    return dead(f"line-{number}", "AllocationRequired", body, "ValueError: a bug")


def overdue() -> dict[str, object]:
    body = '{"ref":"b1","eta":"2029-01-01"}'
    return dead("overdue", "SupplyOverdue", body, "OSError: no such host")


def dead(id: str, type: str, body: str, error: str) -> dict[str, object]:
    # A follow-up of a message that the log has no longer.
    causes = {"causation_id": "gone", "correlation_id": "gone"}
    return a_row(id, type=type, body=body, status="dead", error=error, attempts=300, **causes)


def letters(tab: Page) -> Locator:
    return tab.locator("#letters tbody tr")


@in_every_way
def test_one_dead_letter_is_discarded(
    visit: Visitor, failed_site: Site, hand: Hand, has_script: bool
) -> None:
    tab = visit(failed_site, has_script=has_script).page(FAILURES)
    hand.press(tab.get_by_role("link", name="Discard Supply overdue: b1"))
    expect(tab.get_by_text("Nothing has happened yet")).to_be_visible()
    hand.press(tab.get_by_role("button", name="Discard 1 dead letter"))

    expect(tab.locator("#done")).to_contain_text("Dead letter discarded")
    tab.goto(FAILURES)
    expect(letters(tab)).to_have_count(LETTERS)


@in_every_way
def test_dead_letters_of_a_kind_are_discarded_after_the_count(
    visit: Visitor, failed_site: Site, hand: Hand, has_script: bool
) -> None:
    tab = visit(failed_site, has_script=has_script).page(FAILURES)
    name = f"Discard {LETTERS} dead letters: Allocation required"
    hand.press(tab.get_by_role("link", name=name))
    hand.press(tab.get_by_role("button", name=f"Discard {LETTERS} dead letters"))

    expect(tab.get_by_text(f"{LETTERS} dead letters were discarded")).to_be_visible()


@in_every_way
def test_dead_letters_of_a_kind_are_replayed_after_the_count(
    visit: Visitor, failed_site: Site, hand: Hand, has_script: bool
) -> None:
    tab = visit(failed_site, has_script=has_script).page(FAILURES)
    name = f"Replay {LETTERS} dead letters: Allocation required"
    hand.press(tab.get_by_role("link", name=name))
    hand.press(tab.get_by_role("button", name=f"Replay {LETTERS} dead letters"))

    expect(tab.get_by_text(f"{LETTERS} dead letters were replayed")).to_be_visible()


@in_every_way
def test_a_dead_letter_is_edited_and_sent_as_a_new_message(
    visit: Visitor, failed_site: Site, hand: Hand, has_script: bool
) -> None:
    failed_site.send({"type": "BatchCreated", "ref": "b9", "sku": "LAMP", "qty": 9})
    tab = visit(failed_site, has_script=has_script).page(FAILURES)
    name = "Edit and send again: Allocation required: o3, 1 unit of LAMP"
    hand.press(tab.get_by_role("link", name=name))
    hand.fill(tab.get_by_label("Units"), "2")
    hand.press(tab.get_by_role("button", name="Preview…"))
    hand.press(tab.get_by_role("button", name="Order 2 units"))

    expect(tab.locator("#done")).to_contain_text("o3, 2 units of LAMP")


def test_a_reader_does_nothing_by_do_nothing(visit: Visitor, failed_site: Site) -> None:
    tab = visit(failed_site).page(FAILURES)
    tab.get_by_role("link", name="Replay all…").click()
    tab.get_by_role("link", name="Do nothing").click()

    expect(tab.get_by_text("Nothing has happened yet")).to_be_hidden()
    tab.reload()
    expect(letters(tab)).to_have_count(LETTERS + 1)


@in_both_schemes
def test_the_page_of_failures_is_accessible_and_fits_a_phone(
    visit: Visitor, failed_site: Site, scheme: Scheme
) -> None:
    tab = visit(failed_site, scheme=scheme, size=PHONE).page(FAILURES)

    assert broken_rules(tab) == {}
    assert width_of(tab) <= PHONE[0]
