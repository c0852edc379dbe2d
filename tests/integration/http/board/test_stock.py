"""`/board/stock`: products with all units, and those that can be promised; their figures."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from allocation.entrypoints.board.batch_bars import LINES
from allocation.entrypoints.board.products import BATCHES
from allocation.views import validators
from tests.integration.http.conftest import Client
from tests.support.board_pages import HTML, page_at
from tests.support.requests import a_batch_body, add_batch, allocate, post


@pytest.fixture
def stocked(any_client: Client) -> Client:
    """Lamps in stock, overdue and to come; sofas that wait for stock."""
    add_batch(any_client, "b1", qty=10)
    add_batch(any_client, "s1", qty=7, eta="2001-01-01")
    add_batch(any_client, "s2", qty=5, eta="2040-01-05")
    allocate(any_client, "o1", qty=10)
    allocate(any_client, "o2", qty=5, required_by="2040-02-01")
    add_batch(any_client, "b2", qty=1, sku="SOFA")
    allocate(any_client, "o3", qty=1, sku="SOFA")
    allocate(any_client, "o4", qty=3, sku="SOFA")
    return any_client


def test_the_page_shows_all_units_and_those_that_are_available(stocked: Client) -> None:
    page = page_at(stocked, "/board/stock")
    assert page.tables[0][0] == [
        *("Sku", "In stock", "Inbound", "Promised", "Available", "Waiting", "Next arrival")
    ]
    lamp, sofa = page.rows
    assert lamp[:6] == ["LAMP", "10", "12", "15", "7", "0"]
    assert lamp[6].startswith("5 Jan 2040, in ")
    assert lamp[6].endswith("7 overdue")
    assert sofa == ["SOFA", "1", "0", "1", "0", "3", "—"]


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("sku_prefix=L", ["LAMP"]),
        ("state=available", ["LAMP"]),
        ("waiting=true", ["SOFA"]),
        ("waiting=false", ["LAMP"]),
        ("waiting=true&state=available", []),
        ("sku=SOFA", ["SOFA"]),
    ],
)
def test_filters_in_the_address_select_products(
    stocked: Client, query: str, skus: list[str]
) -> None:
    page = page_at(stocked, f"/board/stock?{query}")
    assert [row[0] for row in page.rows] == skus


def test_the_csv_has_what_the_page_shows(stocked: Client) -> None:
    page = page_at(stocked, "/board/stock?waiting=false")
    [row] = csv.DictReader(io.StringIO(stocked.get(page.links["CSV"]).text))
    units = {"on_hand": "10", "inbound": "12", "inbound_overdue": "7"}
    assert {name: row[name] for name in units} == units
    assert (row["sku"], row["next_arrival"]) == ("LAMP", "2040-01-05")


def test_a_filter_that_no_product_matches_says_so(stocked: Client) -> None:
    page = page_at(stocked, "/board/stock?sku_prefix=x")
    assert "No product matches." in page.text
    assert page.links["Show all"] == "/board/stock"


def test_a_batch_that_is_cancelled_stays_on_the_open_page_of_its_product(client: Client) -> None:
    add_batch(client, "b1", qty=10)
    post(client, "/cancel_batch", {"ref": "b1"})

    page = page_at(client, "/board/stock/LAMP")
    assert "Not drawn, because they have no units: b1" in page.live_text


def test_the_figures_of_a_product_are_those_of_all_its_batches(client: Client) -> None:
    for number in range(55):
        add_batch(client, f"b{number:02}", qty=2)
    add_batch(client, "s1", qty=9, eta="2040-01-01")
    allocate(client, "o1", qty=2)
    page = page_at(client, "/board/stock/LAMP")
    assert "In stock 110 Inbound 9 Promised 2 Available 117 Waiting 0" in page.text
    assert "50 of 56 batches Next page" in page.live_text
    assert page.links["b49"] == "/board/batches/b49"
    assert "b50" not in page.links


def test_a_bar_does_not_count_more_lines_than_it_reads(client: Client) -> None:
    add_batch(client, "b1", qty=9_000)
    for number in range(LINES + 2):
        allocate(client, f"o{number}", qty=1)
    add_batch(client, "b2", qty=3, eta="2040-01-01")
    page = page_at(client, "/board/stock/LAMP")
    assert f"at least {LINES + 1} more lines" in page.text


NFD = "T\N{LATIN CAPITAL LETTER U}\N{COMBINING DIAERESIS}R"


def etag_of(client: Client, address: str) -> str:
    etag: str = client.get(address, headers=HTML).headers["etag"]
    return etag


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("allocate", {"orderid": "o9", "sku": "LAMP", "qty": 2}, 201),
        ("allocate", {"orderid": "o1", "sku": "LAMP", "qty": 2}, 409),
        ("change_batch_quantity", {"ref": "s1", "qty": 30}, 200),
        ("add_batch", {"ref": "b1", "sku": "LAMP", "qty": 31}, 409),
    ],
)
def test_a_message_about_a_product_is_on_its_page_at_the_next_look(
    stocked: Client, verb: str, body: dict[str, Any], status: int
) -> None:
    etag = etag_of(stocked, "/board/stock/LAMP")
    assert post(stocked, f"/{verb}", body).status_code == status
    again = stocked.get("/board/stock/LAMP", headers={**HTML, "If-None-Match": etag})
    assert again.status_code == 200


def test_messages_about_other_products_leave_a_page_as_it_is(stocked: Client) -> None:
    etag = etag_of(stocked, "/board/stock/LAMP")
    allocate(stocked, "o9", qty=1, sku="SOFA")
    assert post(stocked, "/add_batch", a_batch_body(ref="b2", sku="SOFA")).status_code == 409
    assert etag_of(stocked, "/board/stock/LAMP") == etag


def test_no_portion_of_the_log_hides_a_message(
    any_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validators, "PORTION", 3)
    add_batch(any_client, "b1", qty=10)
    for number in range(5):
        etag = etag_of(any_client, "/board/stock/LAMP")
        assert post(any_client, "/add_batch", a_batch_body(qty=1)).status_code == 409
        for other in range(number):
            add_batch(any_client, f"b-{number}-{other}", sku="SOFA")
        assert etag_of(any_client, "/board/stock/LAMP") != etag


def test_a_page_is_new_for_any_spelling_of_its_sku(any_client: Client) -> None:
    add_batch(any_client, "b1", sku=NFD)
    address = f"/board/stock/{quote(NFD)}"
    etag = etag_of(any_client, address)
    allocate(any_client, "o1", sku=NFD)
    assert etag_of(any_client, address) != etag


def test_a_waiting_line_expects_a_blocked_batch_of_another_page(any_client: Client) -> None:
    for number in range(BATCHES + 1):
        add_batch(any_client, f"b{number:02}", qty=1)
    for ref, eta in (("cancelled", "2040-01-01"), ("blocked", "2040-02-01"), ("open", None)):
        add_batch(any_client, f"z-{ref}", qty=5, eta=eta)
        if eta:
            assert post(any_client, "/block_batch", {"ref": f"z-{ref}"}).status_code == 200
    assert post(any_client, "/cancel_batch", {"ref": "z-cancelled"}).status_code == 200
    allocate(any_client, "o1", qty=5)
    allocate(any_client, "o2", qty=5)
    allocate(any_client, "o3", qty=5)
    first = page_at(any_client, "/board/stock/LAMP")
    assert "z-blocked" not in [row[0] for row in first.tables[0]]
    expected = [row[-1] for row in first.tables[1][1:]]
    assert expected[0].startswith("1 Feb 2040, in ")
    assert expected[0].endswith("if z-blocked is unblocked")
    assert expected[1] == "no day"
