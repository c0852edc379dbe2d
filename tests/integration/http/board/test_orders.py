"""`/board/orders`: orders, and the order lines that wait, are late, or can leave."""

import csv
import io

import pytest

from tests.integration.http.conftest import Client
from tests.support.board_pages import filled_in, page_at, sent
from tests.support.requests import add_batch, allocate, post


@pytest.fixture
def busy(any_client: Client) -> Client:
    """Lines that can leave, are late or wait, and one that has left."""
    add_batch(any_client, "b1", qty=20)
    add_batch(any_client, "s1", qty=10, sku="SOFA", eta="2001-01-01")
    allocate(any_client, "o1", qty=20)
    allocate(any_client, "o2", qty=8, sku="SOFA")
    allocate(any_client, "o3", qty=5, required_by="2040-12-24")
    add_batch(any_client, "b2", qty=1, sku="DESK")
    allocate(any_client, "o4", qty=1, sku="DESK")
    post(any_client, "/ship_order", {"orderid": "o4"})
    return any_client


def test_the_page_shows_each_order_with_its_units(busy: Client) -> None:
    page = page_at(busy, "/board/orders")
    assert page.tables[0][0] == [
        *("Order", "Status", "Lines", "Units", "Promised", "Waiting", "Shipped"),
        *("Last arrival", "Needed by"),
    ]
    assert page.rows[0] == ["o1", "promised", "1", "20", "20", "0", "0", "in stock", "—"]
    assert page.rows[1][:2] == ["o2", "promised late"]
    assert page.rows[2][:2] == ["o3", "waiting"]
    assert page.rows[2][-2:] == ["no date", "24 Dec 2040"]
    assert page.rows[3] == ["o4", "shipped", "1", "1", "0", "0", "1", "—", "—"]
    assert page.links["o1"] == "/board/orders/o1"


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("orderid_prefix=o3", ["o3"]),
        ("status=open", ["o1", "o2", "o3"]),
        ("status=shipped", ["o4"]),
        ("late=true", ["o2"]),
        ("late=&status=&orderid_prefix=", ["o1", "o2", "o3", "o4"]),
        ("show=waiting", ["o3"]),
        ("show=waiting&sku=SOFA", []),
        ("show=late", ["o2"]),
        ("show=unshipped", ["o1"]),
        ("show=unshipped&days=1", []),
    ],
)
def test_filters_in_the_address_select_rows(busy: Client, query: str, orders: list[str]) -> None:
    page = page_at(busy, f"/board/orders?{query}")
    assert page.status == 200
    assert [row[0] for row in page.rows] == orders


def test_a_form_of_filters_shows_those_that_are_set(busy: Client) -> None:
    page = page_at(busy, "/board/orders?show=waiting&sku=LAMP&required_from=2030-01-01")
    filters = page.form_to("/board/orders").fields
    assert filters["show"] == "waiting"
    assert (filters["sku"], filters["required_from"]) == ("LAMP", "2030-01-01")


def test_a_tab_keeps_the_filters_that_its_list_has(busy: Client) -> None:
    page = page_at(busy, "/board/orders?show=waiting&sku=LAMP&orderid_prefix=o")
    assert page.links["All orders"] == "/board/orders?orderid_prefix=o"
    assert page.links["Late"] == "/board/orders?show=late&sku=LAMP"
    assert page.links["To ship"] == "/board/orders?show=unshipped&sku=LAMP&orderid_prefix=o"
    assert page.links["Show all"] == "/board/orders?show=waiting"


def test_the_csv_has_what_the_page_shows(busy: Client) -> None:
    page = page_at(busy, "/board/orders?show=waiting&sku=LAMP")
    answer = busy.get(page.links["CSV"])
    assert answer.headers["content-type"].startswith("text/csv")
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["orderid"], row["qty"]) == ("o3", "5")


def test_a_late_line_says_by_how_many_days(client: Client) -> None:
    add_batch(client, "s1", qty=9, eta="2040-01-05")
    allocate(client, "o1", qty=2, required_by="2040-01-01")
    [row] = page_at(client, "/board/orders?show=late").rows
    assert row[5] == "1 Jan 2040"
    assert row[7] == "4 days late"


def test_pages_of_orders_lead_to_one_another(client: Client) -> None:
    add_batch(client, "b1", qty=100)
    for number in range(60):
        allocate(client, f"o{number:02}", qty=1)
    first = page_at(client, "/board/orders?status=open")
    second = page_at(client, first.links["Next page"])
    assert [row[0] for row in first.rows + second.rows] == [f"o{number:02}" for number in range(60)]
    assert "Next page" not in second.links
    assert second.links["First page"] == "/board/orders?status=open"


@pytest.mark.parametrize(
    ("show", "words"),
    [
        ("", "There is no order yet."),
        ("waiting", "No order line waits"),
        ("late", "No order line is late."),
        ("unshipped", "Nothing is to be shipped"),
    ],
)
def test_an_empty_list_says_why(client: Client, show: str, words: str) -> None:
    assert words in page_at(client, f"/board/orders?show={show}").text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("show=x", "show 'x' is not one of waiting, late, unshipped"),
        ("status=x", "status 'x' is not one of open, waiting"),
        ("show=late&status=open", "status 'open' is not a parameter here"),
        ("after=x", "after 'x' is not a cursor"),
    ],
)
def test_an_invalid_address_is_refused_by_name_and_value(
    client: Client, query: str, message: str
) -> None:
    page = page_at(client, f"/board/orders?{query}")
    assert page.status == 400
    assert message in page.text


def test_a_line_to_ship_is_shipped_after_a_preview(busy: Client) -> None:
    page = page_at(busy, "/board/orders?show=unshipped")
    preview = filled_in(busy, page.form_to("/board/preview/ship_order_line"))
    assert "Ship 20 units" in preview.text
    answer = sent(busy, preview)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/board/orders?show=unshipped&done=board-")
    done = page_at(busy, answer.headers["location"])
    assert "Done. Order line shipped: o1, 20 units of LAMP" in done.text
    assert done.rows == []


def test_a_preview_of_a_new_line_names_its_batch_and_its_day(client: Client) -> None:
    add_batch(client, "s1", qty=9, eta="2040-01-05")
    form = page_at(client, "/board/orders").form_to("/board/preview/allocate")
    preview = filled_in(client, form, orderid="o1", sku="LAMP", qty="4")
    assert "4 new units are promised." in preview.text
    assert preview.rows == [["o1", "4", "new", "s1", "5 Jan 2040"]]
    assert client.get("/orders").json()["orders"] == []
    assert sent(client, preview).status_code == 303
    [order] = client.get("/orders").json()["orders"]
    assert (order["orderid"], order["allocated"]) == ("o1", 4)


def test_a_preview_of_a_new_line_without_room_says_that_it_waits(client: Client) -> None:
    add_batch(client, "b1", qty=3)
    form = page_at(client, "/board/orders").form_to("/board/preview/allocate")
    fields = {"orderid": "o1", "sku": "LAMP", "qty": "4"}
    assert "No batch has room: the units wait" in filled_in(client, form, **fields).text
    parted = filled_in(client, form, **fields, split="true")
    assert "3 new units are promised, the rest of the line waits." in parted.text
