"""`/board/stock`: products with all units, and those that can be promised; their figures."""

import csv
import io

import pytest

from tests.integration.http.conftest import Client
from tests.support.board_pages import page_at
from tests.support.requests import add_batch, allocate, post


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
