"""`GET /board/search`: everything is found by its name."""

import re
from html import unescape
from urllib.parse import quote

import pytest
from httpx import Response

from tests.integration.http.conftest import Client
from tests.support.board_pages import page_in
from tests.support.requests import a_batch_body, add_batch, allocate, post


def search(client: Client, text: str) -> Response:
    return client.get(
        f"/board/search?q={quote(text, safe='')}",
        headers={"Accept": "text/html"},
        follow_redirects=False,
    )


def hits(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    match = re.findall(r'<ul class="found">(.*?)</ul>', answer.text, re.DOTALL)
    return re.findall(r'<a class="ref"[^>]*>(.*?)</a>', unescape("".join(match)))


@pytest.fixture
def shop(any_client: Client) -> Client:
    """A shop with names of every kind."""
    body = a_batch_body(ref="PO-1", sku="RED/CHAIR")
    assert post(any_client, "/add_batch", body, "key 1").status_code == 201
    allocate(any_client, "SO-1", sku="RED/CHAIR")
    return any_client


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("RED/CHAIR", "/board/stock/RED%2FCHAIR"),
        ("red/Chair", "/board/stock/RED%2FCHAIR"),
        ("PO-1", "/board/batches/PO-1"),
        ("po-1", "/board/batches/PO-1"),
        ("SO-1", "/board/orders/SO-1"),
        (" so-1 ", "/board/orders/SO-1"),
        ("key 1", "/board/messages/key%201"),
    ],
)
def test_a_single_thing_with_the_name_is_shown_at_once(shop: Client, text: str, page: str) -> None:
    answer = search(shop, text)
    assert (answer.status_code, answer.headers.get("Location")) == (303, page)


def test_several_things_with_the_name_are_listed(shop: Client) -> None:
    add_batch(shop, "SO-1", sku="SO-1")
    assert hits(search(shop, "SO-1")) == ["SO-1"] * 3


def test_names_that_begin_like_the_text_are_listed_by_kind(shop: Client) -> None:
    add_batch(shop, "PO-2", sku="POUFFE")
    assert hits(search(shop, "po")) == ["POUFFE", "PO-1", "PO-2"]
    assert hits(search(shop, "SO")) == ["SO-1"]


def test_there_are_more_names_than_are_listed(shop: Client) -> None:
    for number in range(7):
        add_batch(shop, f"B-{number}", sku=f"SKU-{number}")
    answer = search(shop, "sku")
    assert hits(answer) == [f"SKU-{number}" for number in range(5)]
    assert 'href="/board/stock?sku_prefix=SKU"' in answer.text
    assert 'href="/board/batches?ref_prefix=B-"' in search(shop, "B-").text


@pytest.mark.parametrize("text", ["nothing", "key", "%", "_"])
def test_what_has_no_such_name_is_not_found(shop: Client, text: str) -> None:
    answer = search(shop, text)
    assert hits(answer) == []
    assert "Nothing has this name" in answer.text


def test_what_was_found_is_not_refreshed(shop: Client) -> None:
    """A refresh would be sent on to the page of a thing that has the name meanwhile."""
    for text in ("po", "nothing"):
        assert page_in(search(shop, text)).live_text == ""


def test_a_search_for_nothing_says_what_can_be_found(shop: Client) -> None:
    assert "What can be found" in search(shop, " ").text


@pytest.mark.parametrize("text", ["x" * 256, "a\nb", "\u200b", "SO-1\u00a0x"])
def test_a_text_that_is_no_name_is_refused(shop: Client, text: str) -> None:
    answer = search(shop, text)
    assert answer.status_code == 400
    assert "q" in answer.text


def test_a_name_is_text_on_the_page_whatever_it_has(shop: Client) -> None:
    assert "<script>alert" not in search(shop, "<script>alert(1)</script>").text
