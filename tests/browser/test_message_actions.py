"""A message is sent again as a new one, and a file is imported, with and without script."""

from itertools import count
from typing import Final

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visitor
from tests.browser.test_actions import in_every_way
from tests.support.browser_hands import Hand
from tests.support.browser_shops import batch, leak
from tests.support.browser_sites import Site
from tests.support.waiting import wait_until

numbers: Final = count(1)


def look_until_shown(part: Locator, *, has_script: bool) -> None:
    """Wait for a part of the page; a reader without script looks at the page again and again."""
    tab = part.page

    def look() -> bool:
        tab.goto(tab.url)
        return part.is_visible()

    if not has_script:
        wait_until(look, "the page shows what it is to show")
    expect(part).to_be_visible()


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
    unchanged = tab.get_by_text("Nothing has happened yet")
    tab.wait_for_url("**/board/import/*")
    look_until_shown(unchanged, has_script=has_script)
    assert tab.context.request.get(f"/batches/{ref}").status == 404
    hand.press(tab.get_by_role("button", name="Import 1 batch"))

    expect(unchanged).to_be_hidden()
    look_until_shown(
        tab.get_by_role("link", name="Download the 1 refused row"), has_script=has_script
    )
    assert tab.context.request.get(f"/batches/{ref}").status == 200
