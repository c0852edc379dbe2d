"""Access keys are created, rotated and revoked on the board, with and without script."""

from itertools import count
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from allocation.access.scopes import Scope
from tests.browser.conftest import Visitor
from tests.browser.test_actions import in_every_way
from tests.browser.test_visitors import logged_in
from tests.support.browser_hands import Hand
from tests.support.browser_sites import Site

numbers: Final = count(1)


def new_key(tab: Page, hand: Hand) -> str:
    """Create a key; its name."""
    name = f"client-{next(numbers)}"
    hand.fill(tab.get_by_label("Name of the client"), name)
    tab.get_by_role("checkbox", name="see everything but the").check()
    hand.press(tab.get_by_role("button", name="Create the key"))
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"The key of {name}")
    hand.press(tab.get_by_role("link", name="I have copied it"))
    return name


@in_every_way
def test_a_key_is_created_rotated_and_revoked(
    visit: Visitor, keyed_site: Site, hand: Hand, has_script: bool
) -> None:
    tab = logged_in(visit, keyed_site, Scope.ADMIN, "/board/access", has_script=has_script)
    name = new_key(tab, hand)

    hand.press(tab.get_by_role("link", name=f"Rotate {name},"))
    hand.fill(tab.get_by_label("Days for which the old key stays valid"), "0")
    hand.press(tab.get_by_role("button", name="Rotate the key"))
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"The key of {name}")
    hand.press(tab.get_by_role("link", name="I have copied it"))
    hand.press(tab.get_by_role("link", name=f"Revoke {name},"))
    expect(tab.get_by_text("Nothing has happened yet")).to_be_visible()
    hand.press(tab.get_by_role("button", name="Revoke the key"))

    # The preview does not have the link either, so the page of the keys is waited for.
    expect(tab).to_have_url(f"{keyed_site.address}/board/access")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Access")
    expect(tab.get_by_role("link", name=f"Revoke {name},")).to_have_count(0)


@pytest.mark.parametrize("scope", [Scope.READ, Scope.STOCK])
def test_the_keys_are_for_administrators_only(
    visit: Visitor, keyed_site: Site, scope: Scope
) -> None:
    tab = logged_in(visit, keyed_site, scope)

    expect(tab.get_by_role("link", name="Access", exact=True)).to_have_count(0)
    tab.goto("/board/access")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Not permitted")
