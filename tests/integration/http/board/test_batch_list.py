"""`/board/batches`: batches in two orders, with filters in the address."""

import csv
import io

import pytest

from tests.integration.http.conftest import Client
from tests.support.board_pages import filled_in, page_at
from tests.support.requests import add_batch, post


@pytest.fixture
def stocked(any_client: Client) -> Client:
    """Two batches in stock, one of them blocked, and two shipments, one of them overdue."""
    add_batch(any_client, "c-stock", qty=1_000)
    add_batch(any_client, "d-blocked", qty=2, sku="SOFA")
    add_batch(any_client, "a-later", qty=5, eta="2040-01-05")
    add_batch(any_client, "b-overdue", qty=7, eta="2001-01-01")
    post(any_client, "/block_batch", {"ref": "d-blocked"})
    return any_client


def test_batches_are_listed_by_reference_with_their_units(stocked: Client) -> None:
    page = page_at(stocked, "/board/batches")

    assert [row[0].split()[0] for row in page.rows] == [
        "a-later",
        "b-overdue",
        "c-stock",
        "d-blocked",
    ]
    assert page.rows[2] == ["c-stock LAMP", "in stock", "1 000", "0", "1 000", "Change…"]
    assert page.rows[3][0] == "d-blocked blocked SOFA"
    assert page.rows[1][1].endswith("overdue")


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("sort=eta", ["c-stock", "d-blocked", "b-overdue", "a-later"]),
        ("sku=LAMP", ["c-stock", "b-overdue", "a-later"]),
        ("sku=LAMP&sort=ref", ["a-later", "b-overdue", "c-stock"]),
        ("ref_prefix=b-", ["b-overdue"]),
        ("status=blocked", ["d-blocked"]),
        ("in_stock=false&sort=eta&eta_from=2030-01-01", ["a-later"]),
        ("sku_prefix=x", []),
    ],
)
def test_the_order_and_the_filters_are_in_the_address(
    stocked: Client, query: str, refs: list[str]
) -> None:
    page = page_at(stocked, f"/board/batches?{query}")
    assert [row[0].split()[0] for row in page.rows] == refs

    rows = csv.DictReader(io.StringIO(stocked.get(page.links["CSV"]).text))
    assert [row["batchref"] for row in rows] == refs


def test_the_page_selects_the_order_that_it_has(stocked: Client) -> None:
    selected = '<option value="eta" selected>in stock first, then by arrival</option>'
    for query, is_by_arrival in (("", False), ("sort=eta", True), ("sku=LAMP", True)):
        answer = stocked.get(f"/board/batches?{query}", headers={"Accept": "text/html"})
        assert (selected in answer.text) is is_by_arrival


@pytest.mark.parametrize(
    ("path", "sort"), [("stock", "sku"), ("shipments", "eta"), ("orders", "orderid")]
)
def test_the_form_of_a_list_keeps_its_order(stocked: Client, path: str, sort: str) -> None:
    form = page_at(stocked, f"/board/{path}?sort={sort}").form_to(f"/board/{path}")
    assert form.fields["sort"] == sort
    assert filled_in(stocked, form).status == 200


def test_batches_are_reached_from_the_stock(stocked: Client) -> None:
    assert page_at(stocked, "/board/stock").links["Batches"] == "/board/batches"


@pytest.mark.parametrize("query", ["sort=-available", "colour=red"])
def test_an_order_or_a_filter_that_does_not_exist_is_refused(client: Client, query: str) -> None:
    assert page_at(client, f"/board/batches?{query}").status == 400


def test_an_empty_list_leads_to_the_import(client: Client) -> None:
    assert page_at(client, "/board/batches").links["Import a file of batches"] == "/board/import"
