"""A message is sent again as a new one, and a file is imported, with and without script."""

from itertools import count
from typing import Final

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_actions import in_every_way
from tests.support.browser_hands import Hand
from tests.support.browser_shops import batch, leak
from tests.support.browser_sites import Site

numbers: Final = count(1)


@in_every_way
def test_a_message_is_sent_again_as_a_new_one(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    number = next(numbers)
    ref, id = f"REF-{number}-OF-MESSAGES", f"message-{number}"
    sqlite_site.send(batch(ref, f"SKU-{number}-OF-MESSAGES", 9), leak(ref, 4, id=id))
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/messages/{id}")

    hand.press(tab.get_by_role("link", name="Send again as a new message").first)
    hand.fill(tab.get_by_label("Units"), "6")
    hand.press(tab.get_by_role("button", name="Preview…"))
    hand.press(tab.get_by_role("button", name="Set to 6 units"))

    expect(tab.locator("#done")).to_contain_text(f"{ref}: 6 units")


@in_every_way
def test_a_file_is_imported_after_a_preview(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    number = next(numbers)
    ref, sku = f"REF-{number}-OF-FILES", f"SKU-{number}-OF-FILES"
    tab = visit(sqlite_site, has_script=has_script).page("/board/import?kind=batches")

    content = f"ref,sku,qty,eta\n{ref},{sku},7,\n{ref}-x,{sku},none,\n"
    file = {"name": "new.csv", "mimeType": "text/csv", "buffer": content.encode()}
    tab.get_by_label("CSV file or workbook").set_input_files(file)  # type: ignore[arg-type]
    hand.press(tab.get_by_role("button", name="Read the file…"))
    expect(tab.get_by_text("Nothing has happened yet")).to_be_visible()
    assert tab.context.request.get(f"/batches/{ref}").status == 404
    hand.press(tab.get_by_role("button", name="Import 2 batches"))

    finished = tab.get_by_role("link", name="Download the 1 refused row")
    while not has_script and not finished.is_visible():
        tab.reload()
    expect(finished).to_be_visible()
    assert tab.context.request.get(f"/batches/{ref}").status == 200
