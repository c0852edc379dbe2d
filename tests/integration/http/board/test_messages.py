"""The page of messages lists the latest ones, by type, state, sku and sender."""

import re

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.views.recent import SEARCHED
from tests.integration.http.conftest import Client, served
from tests.support.logged_messages import a_row, write_rows
from tests.support.requests import add_batch, allocate, post
from tests.support.storages import OpenDatabase

HTML = {"Accept": "text/html"}


def page(client: Client, path: str = "/board/messages") -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def listed(text: str) -> list[str]:
    """The sentences in the first column."""
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', text)


@pytest.fixture
def busy(any_client: Client) -> Client:
    """A service that has taken two batches and a line, and refused another."""
    add_batch(any_client, "b1", qty=10)
    add_batch(any_client, "b2", qty=1, sku="SOFA")
    allocate(any_client, "o1", qty=3)
    refused = post(any_client, "/cancel_batch", {"ref": "<b>"})
    assert refused.status_code == 404
    return any_client


def test_the_page_lists_messages_newest_first_with_their_state(busy: Client) -> None:
    text = page(busy)

    assert listed(text) == [
        "Batch cancelled: &lt;b&gt;",
        "Allocated: o1, 3 units from b1",
        "Allocation required: o1, 3 units of LAMP",
        "Batch created: b2, 1 unit of SOFA",
        "Batch created: b1, 10 units of LAMP",
    ]
    assert '<span class="tag warn">refused</span>' in text
    assert "Unknown batch &lt;b&gt;" in text
    assert "anonymous" in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=BatchCreated", 2),
        ("status=refused", 1),
        ("sku=SOFA", 1),
        ("sku=LAMP&type=Allocated", 1),
        ("sender=anonymous", 4),
        ("sender=nobody", 0),
        ("type=&status=&sku=&sender=", 5),
    ],
)
def test_the_filters_are_in_the_address(busy: Client, query: str, count: int) -> None:
    assert len(listed(page(busy, f"/board/messages?{query}"))) == count


def test_a_filter_that_nothing_matches_leads_back_to_all_messages(busy: Client) -> None:
    text = page(busy, "/board/messages?sender=nobody")

    assert "No message matches." in text
    assert 'value="nobody"' in text


def test_failed_attempts_are_looked_for_while_the_page_is_open(busy: Client) -> None:
    assert 'data-refresh="5"' in page(busy)


def test_an_empty_log_says_where_messages_come_from(client: Client) -> None:
    assert "There is no message yet" in page(client)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=lost", "status &#39;lost&#39; is none of pending, outgoing"),
        ("colour=red", "colour &#39;red&#39; is not a parameter here"),
        ("after=x", "after &#39;x&#39; is not a cursor"),
    ],
)
def test_a_parameter_that_means_nothing_is_named(client: Client, query: str, message: str) -> None:
    answer = client.get(f"/board/messages?{query}", headers=HTML)

    assert answer.status_code == 400
    assert message in answer.text


def test_the_pages_lead_to_each_other(database_url: str, database: Database) -> None:
    write_rows(database, *(a_row(f"m{n}", body=f'{{"sku":"S{n}"}}') for n in range(120)))
    with served(database_url) as client:
        path, sentences = "/board/messages", list[str]()
        while path:
            text = page(client, path)
            sentences += listed(text)
            following = re.findall(r'<a href="([^"]*)" rel="next">', text)
            path = following[0] if following else ""

    assert sentences == [f"Out of stock: S{n}" for n in reversed(range(120))]


def test_a_search_that_ends_early_says_how_far_it_came_and_leads_on(
    sqlite_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(sqlite_url)
    first = a_row("first", sender="shop", body='{"sku":"FOUND"}')
    write_rows(database, first, *(a_row(f"m{n}") for n in range(SEARCHED)))
    with served(sqlite_url) as client:
        text = page(client, "/board/messages?sender=shop")
        assert listed(text) == []
        assert "Searched back to" in text
        [further] = re.findall(r'<a href="([^"]*)">Search further back', text)
        assert listed(page(client, further.replace("&amp;", "&"))) == ["Out of stock: FOUND"]


def test_the_rows_are_live_and_can_be_paused(busy: Client) -> None:
    text = page(busy)

    assert 'id="list" data-live="rows"' in text
    assert 'id="list-new"' in text
    assert "data-pause" in text


def test_a_page_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    etag = client.get("/board/messages", headers=HTML).headers["etag"]
    assert client.get("/board/messages", headers={"If-None-Match": etag}).status_code == 304

    add_batch(client)
    assert client.get("/board/messages", headers={"If-None-Match": etag}).status_code == 200
