"""`/board/batches/REF`: a batch, what can be done to it, and who is promised from it."""

from datetime import date, timedelta

import pytest

from tests.integration.http.conftest import Client
from tests.support.board_pages import HTML, ReadPage, filled_in, page_at, sent
from tests.support.requests import add_batch, allocate, post

RECEIVE = "/board/preview/receive_batch_part"


@pytest.fixture
def announced(any_client: Client) -> Client:
    """A shipment of 50 units."""
    add_batch(any_client, "PT", qty=50, eta="2040-12-24")
    return any_client


def receipt(client: Client, qty: str) -> ReadPage:
    """The page after as many units have been received under the reference that is offered."""
    preview = filled_in(client, page_at(client, "/board/batches/PT").form_to(RECEIVE), qty=qty)
    return page_at(client, sent(client, preview).headers["location"])


def test_a_second_delivery_of_the_same_size_is_a_batch_of_its_own(announced: Client) -> None:
    receipt(announced, "5")
    page = receipt(announced, "5")
    table = {row[0]: row[4] for row in page.tables[0][1:]}
    assert table == {"PT": "40", "PT-a": "5", "PT-b": "5"}


def test_a_reference_that_another_batch_has_is_not_offered(announced: Client) -> None:
    add_batch(announced, "PT-a", sku="SOFA")
    form = page_at(announced, "/board/batches/PT").form_to(RECEIVE)
    assert form.fields["new_ref"] == "PT-b"


def test_the_day_of_arrival_begins_with_a_capital_and_keeps_the_others(client: Client) -> None:
    add_batch(client, "s1", eta="2040-12-24")
    add_batch(client, "b1")
    assert "24 Dec 2040, in " in page_at(client, "/board/batches/s1").text
    assert "In stock" in page_at(client, "/board/batches/b1").text


def test_a_page_shows_who_is_promised(client: Client) -> None:
    add_batch(client, "b1", qty=10)
    allocate(client, "o1", qty=4)
    page = page_at(client, "/board/batches/b1")
    assert page.rows[0][:2] == ["o1", "4"]
    assert page.links["LAMP"] == "/board/stock/LAMP"


def test_a_cancelled_batch_offers_no_action(client: Client) -> None:
    add_batch(client, "s1", eta=(date.today() + timedelta(9)).isoformat())
    assert post(client, "/cancel_batch", {"ref": "s1"}).status_code == 200
    page = page_at(client, "/board/batches/s1")
    assert "cancelled" in page.text
    assert not [form for form in page.forms if form.action.startswith("/board/preview/")]


def test_a_batch_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.get("/board/batches/none", headers=HTML).status_code == 404
