"""Each action on orders and their lines: with the pointer, the keyboard only, and no script."""

import re
from collections.abc import Mapping
from itertools import count
from typing import Final, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_actions import in_every_way
from tests.support.browser_hands import Hand
from tests.support.browser_shops import batch, line
from tests.support.browser_sites import Site

numbers: Final = count(1)


class OrderAction(NamedTuple):
    """What can be done to an order of 4 units, which are in stock.

    Attributes:
        button: the button that asks for the preview.
        confirmation: the button of the preview, in which ORDER stands for the order.
        note: what the page says that it has done.
        fields: what is filled in, by the labels; REF stands for the batch.
        is_of_line: whether it is done to the line.
        is_shipped: whether the order has left before.
    """

    button: str
    confirmation: str
    note: str
    fields: Mapping[str, str] = {}
    is_of_line: bool = True
    is_shipped: bool = False


ACTIONS: Final = {
    "ship-order": OrderAction(
        "Ship the order…", "Ship order ORDER", "Order shipped: ORDER", is_of_line=False
    ),
    "cancel-order": OrderAction(
        "Cancel the order…", "Cancel order ORDER", "Order cancelled: ORDER", is_of_line=False
    ),
    "change-line": OrderAction(
        "Preview the quantity",
        "Change to 3 units",
        "Order line changed: ORDER, 3 units",
        {"Units in all": "3"},
    ),
    "ship-line": OrderAction(
        "Preview the departure",
        "Ship 2 units",
        "Order line shipped: ORDER, 2 units",
        {"Units that have left": "2", "Taken from batch": "REF"},
    ),
    "cancel-line": OrderAction(
        "Cancel the line…", "Cancel the line", "Order line cancelled: ORDER"
    ),
    "unship-line": OrderAction(
        "Preview taking units back",
        "Take back 1 unit",
        "Order line unshipped: ORDER, 1 unit",
        {"Units shipped by mistake": "1"},
        is_shipped=True,
    ),
}


def new_order(site: Site, *, is_shipped: bool = False) -> tuple[str, str]:
    """An order of 4 units that are in stock; its id and the sku."""
    number = next(numbers)
    orderid, sku = f"ORDER-{number}", f"SKU-{number}-OF-ORDERS"
    site.send(batch(f"REF-{sku}", sku, 20), line(orderid, sku, 4))
    if is_shipped:
        site.send({"type": "OrderShipped", "orderid": orderid})
    return orderid, sku


@in_every_way
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_an_order_is_changed_after_a_preview(
    visit: Visitor, sqlite_site: Site, action: OrderAction, hand: Hand, has_script: bool
) -> None:
    orderid, sku = new_order(sqlite_site, is_shipped=action.is_shipped)
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/orders/{orderid}")

    if action.is_of_line:
        hand.press(tab.get_by_role("link", name=f"Change {sku}"))
    button = tab.get_by_role("button", name=action.button, exact=True)
    form = tab.locator("form").filter(has=button)
    for label, text in action.fields.items():
        hand.fill(form.get_by_label(label), text.replace("REF", f"REF-{sku}"))
    hand.press(button)
    expect(tab.get_by_text("Nothing has happened yet")).to_be_visible()
    confirmation = action.confirmation.replace("ORDER", orderid)
    hand.press(tab.get_by_role("button", name=confirmation, exact=True))

    expect(tab).to_have_url(re.compile(f"/board/orders/{orderid}.*done="))
    expect(tab.locator("#done")).to_contain_text(action.note.replace("ORDER", orderid))


@in_every_way
def test_a_line_is_added_to_an_order_after_a_preview(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    orderid, _ = new_order(sqlite_site)
    _, sku = new_order(sqlite_site)
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/orders/{orderid}")

    hand.press(tab.get_by_text("Add a line", exact=True))
    form = tab.locator("#add-line")
    hand.fill(form.get_by_label("Sku"), sku)
    hand.fill(form.get_by_label("Units"), "2")
    hand.press(form.get_by_role("button", name="Preview…"))
    hand.press(tab.get_by_role("button", name="Order 2 units"))

    expect(tab.locator("#done")).to_contain_text(f"{orderid}, 2 units of {sku}")
    expect(tab.locator("#lines").get_by_role("link", name=sku, exact=True)).to_be_visible()


@in_every_way
def test_an_order_is_added_after_a_preview(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    orderid, sku = new_order(sqlite_site)
    tab = visit(sqlite_site, has_script=has_script).page("/board/orders")

    form = tab.get_by_role("region", name="Add an order line")
    hand.fill(form.get_by_label("Order", exact=True), f"{orderid}-NEW")
    hand.fill(form.get_by_label("Sku"), sku)
    hand.fill(form.get_by_label("Units"), "2")
    hand.press(form.get_by_role("button", name="Preview…"))
    hand.press(tab.get_by_role("button", name="Order 2 units"))

    expect(tab.locator("#done")).to_contain_text(f"{orderid}-NEW, 2 units of {sku}")
