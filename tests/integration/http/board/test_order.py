"""`/board/orders/ORDERID`: the lines of an order, what can be done to them, and their story."""

import pytest

from tests.integration.http.conftest import Client
from tests.support.board_pages import HTML, Form, ReadPage, filled_in, page_at, sent
from tests.support.requests import add_batch, allocate, post

ODD = "O/1 é?"
PAGE = "/board/orders/O%2F1%20%C3%A9%3F"
LINE = f"{PAGE}?sku=LAMP"
HISTORY = "/orders/O%2F1%20%C3%A9%3F/history"


@pytest.fixture
def ordered(any_client: Client) -> Client:
    """An order with a line in parts, one with a name that waits, and one that is cancelled."""
    add_batch(any_client, "b1", qty=10)
    add_batch(any_client, "s1", qty=5, eta="2040-01-05")
    allocate(any_client, ODD, qty=15, split=True, required_by="2040-01-01")
    allocate(any_client, ODD, qty=3, line="second")
    post(any_client, "/ship_order_line", {"orderid": ODD, "sku": "LAMP", "line": "", "qty": 4})
    add_batch(any_client, "b2", qty=1, sku="SOFA")
    allocate(any_client, ODD, qty=2, sku="SOFA")
    body = {"orderid": ODD, "sku": "SOFA", "reason": "moved"}
    assert post(any_client, "/cancel_order_line", body).status_code == 200
    return any_client


def action(page: ReadPage, verb: str) -> Form:
    return page.form_to(f"/board/preview/{verb}")


def test_the_page_shows_each_part_of_each_line(ordered: Client) -> None:
    page = page_at(ordered, PAGE)
    whole, inbound, shipped, named, cancelled = page.rows
    assert page.tables[0][0][:4] == ["Sku", "Units", "Status", "Promised for"]
    assert whole[:5] == ["LAMP", "6", "promised", "in stock", "b1"]
    assert whole[5] == "1 Jan 2040"
    assert inbound[:2] == ["5", "promised 4 days late"]
    assert inbound[3] == "s1"
    assert shipped[:4] == ["4", "shipped", "—", "b1"]
    assert named[:5] == ["LAMP second", "3", "waiting", "no date", "—"]
    assert cancelled[:3] == ["SOFA", "2", "cancelled"]


def test_the_page_sums_up_the_order(ordered: Client) -> None:
    text = page_at(ordered, PAGE).text
    assert "Lines 3 Units 18 Promised 11 Waiting 3 Shipped 4" in text
    assert "Open, 20 units: 3 waiting, 11 promised, 4 shipped, 2 cancelled." in text


def test_the_page_tells_the_story_of_each_line(ordered: Client) -> None:
    page = page_at(ordered, PAGE)
    story = page.text[page.text.index("What has happened") :]
    sentences = ["Accepted 10 units", "Shipped 4 units", "LAMP second", "Cancelled 2 units"]
    places = [story.index(words) for words in sentences]
    assert places == sorted(places)
    assert "waiting: moved" in story
    assert page.links["Cause"].startswith("/board/messages/")


def test_a_long_story_is_told_in_pages(client: Client) -> None:
    add_batch(client, "b1", qty=500)
    for number in range(70):
        allocate(client, "o1", qty=1, line=f"{number:02}")
    post(client, "/ship_order", {"orderid": "o1"})
    first = page_at(client, "/board/orders/o1")
    second = page_at(client, first.links["Next entries"])
    count = [page.text.count("1 unit from b1") for page in (first, second)]
    assert (sum(count), count[0]) == (70, 30)
    assert second.links["First entries"] == "/board/orders/o1"


def test_many_lines_come_in_pages(client: Client) -> None:
    add_batch(client, "b1", qty=500)
    for number in range(130):
        allocate(client, "o1", qty=1, line=f"{number:03}")
    first = page_at(client, "/board/orders/o1")
    second = page_at(client, first.links["Next lines"])
    names = [row[0] for row in first.rows + second.rows]
    assert names == [f"LAMP {number:03}" for number in range(130)]
    assert "Lines 101 to 130 of 130" in second.text
    assert second.links["First lines"] == "/board/orders/o1"


def test_an_order_in_stock_ships_as_a_whole(client: Client) -> None:
    add_batch(client, "b1", qty=10)
    add_batch(client, "s1", qty=10, eta="2040-01-01")
    allocate(client, "o1", qty=4)
    allocate(client, "o2", qty=9)
    assert not page_at(client, "/board/orders/o2").leads_to("/board/preview/ship_order")
    preview = filled_in(client, action(page_at(client, "/board/orders/o1"), "ship_order"))
    location = sent(client, preview).headers["location"]
    page = page_at(client, location)
    assert "All units are shipped." in page.text
    assert not page.leads_to("/board/preview/ship_order")
    assert not page.leads_to("/board/preview/cancel_order")


def test_an_order_is_cancelled_after_a_preview(ordered: Client) -> None:
    preview = filled_in(ordered, action(page_at(ordered, PAGE), "cancel_order"))
    assert f"Cancel order {ODD}" in preview.text
    page = page_at(ordered, sent(ordered, preview).headers["location"])
    assert "Closed: 4 units shipped, 16 units cancelled." in page.text


def test_a_line_without_a_name_is_changed_beside_one_with_a_name(ordered: Client) -> None:
    page = page_at(ordered, LINE)
    preview = filled_in(ordered, action(page, "change_order_line"), qty="12")
    assert "1 waiting order line gets stock" in preview.text
    assert sent(ordered, preview).status_code == 303
    parts = ordered.get(HISTORY, params={"sku": "LAMP", "line": ""}).json()
    assert sum(part["qty"] for part in parts["parts"]) == 12


def test_units_are_taken_back_that_were_shipped_by_mistake(ordered: Client) -> None:
    page = page_at(ordered, LINE)
    preview = filled_in(ordered, action(page, "unship_order_line"), qty="3", reason="wrong line")
    assert "Take back 3 units" in preview.text
    page = page_at(ordered, sent(ordered, preview).headers["location"])
    assert "Open, 20 units: 3 waiting, 14 promised, 1 shipped, 2 cancelled." in page.text


def test_the_actions_of_a_line_fit_its_state(ordered: Client) -> None:
    verbs = ("change_order_line", "ship_order_line", "unship_order_line", "cancel_order_line")

    def offered(address: str) -> list[bool]:
        page = page_at(ordered, address)
        return [page.leads_to(f"/board/preview/{verb}") for verb in verbs]

    assert offered(LINE) == [True, True, True, True]
    assert offered(f"{PAGE}?sku=LAMP&line=second") == [True, True, False, True]
    assert offered(f"{PAGE}?sku=SOFA") == [False, False, False, False]


def test_a_line_of_which_nothing_is_in_stock_leaves_from_a_batch_that_is_named(
    ordered: Client,
) -> None:
    page = page_at(ordered, f"{PAGE}?sku=LAMP&line=second")
    form = action(page, "ship_order_line")
    refused = filled_in(ordered, form)
    assert refused.status == 409
    assert "0 in stock" in refused.text
    assert "Ship 3 units" in filled_in(ordered, form, ref="b1").text


def test_a_part_of_a_line_ships_from_the_batch_that_it_is_promised_from(client: Client) -> None:
    add_batch(client, "b1", qty=50)
    allocate(client, "o1", qty=50)
    form = action(page_at(client, "/board/orders/o1?sku=LAMP"), "ship_order_line")
    preview = filled_in(client, form, qty="5")
    assert (preview.status, form.fields["ref"]) == (200, "b1")
    page = page_at(client, sent(client, preview).headers["location"])
    assert "Open, 50 units: 45 promised, 5 shipped." in page.text


def test_a_line_in_several_batches_ships_as_promised(client: Client) -> None:
    add_batch(client, "b1", qty=5)
    add_batch(client, "b2", qty=5)
    allocate(client, "o1", qty=8, split=True)
    address = "/board/orders/o1?sku=LAMP"
    form = action(page_at(client, address), "ship_order_line")
    assert form.fields["ref"] == ""
    assert "unless a batch is named" in page_at(client, address).text
    page = page_at(client, sent(client, filled_in(client, form)).headers["location"])
    assert "All units are shipped." in page.text


def test_the_page_of_a_line_has_its_story_alone(ordered: Client) -> None:
    page = page_at(ordered, f"{PAGE}?sku=LAMP&line=second")
    assert "Accepted 3 units" in page.text
    assert "Shipped" not in page.text


def test_a_preview_is_shown_again_if_the_stock_has_changed_meanwhile(client: Client) -> None:
    add_batch(client, "b1", qty=10)
    allocate(client, "o1", qty=4)
    page = page_at(client, "/board/orders/o1?sku=LAMP")
    preview = filled_in(client, action(page, "change_order_line"), qty="8")
    allocate(client, "o2", qty=6)
    answer = sent(client, preview)
    assert answer.status_code == 409
    assert "The stock has changed since you looked" in answer.text
    assert client.get("/orders/o1/history").json()["parts"][0]["qty"] == 4


def test_a_page_is_sent_again_only_if_its_products_have_changed(client: Client) -> None:
    add_batch(client, "b1", qty=10)
    allocate(client, "o1", qty=4)
    etag = client.get("/board/orders/o1", headers=HTML).headers["etag"]

    def status() -> int:
        return client.get("/board/orders/o1", headers={**HTML, "If-None-Match": etag}).status_code

    add_batch(client, "b2", sku="SOFA")
    assert status() == 304
    post(client, "/ship_order", {"orderid": "o1"})
    assert status() == 200


def test_a_page_is_sent_again_for_any_spelling_of_its_order(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=10)
    allocate(any_client, "Te\N{COMBINING ACUTE ACCENT}", qty=4)
    address = "/board/orders/Te%CC%81"
    etag = any_client.get(address, headers=HTML).headers["etag"]
    allocate(any_client, "T\N{LATIN SMALL LETTER E WITH ACUTE}", qty=4, line="second")
    assert any_client.get(address, headers=HTML).headers["etag"] != etag


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/board/orders/none", 404, "Unknown order none"),
        (f"{PAGE}?sku=DESK", 404, f"Order {ODD} has no line for DESK"),
        (f"{PAGE}?sku=LAMP&line=x", 404, f"Order {ODD} has no line x for LAMP"),
        (f"{PAGE}?skip=-1", 400, "skip '-1' is not a number of lines"),
        (f"{PAGE}?after=x", 400, "after 'x' is not a cursor"),
    ],
)
def test_a_page_that_does_not_exist_says_what_is_wrong(
    ordered: Client, address: str, status: int, message: str
) -> None:
    page = page_at(ordered, address)
    assert page.status == status
    assert message in page.text
