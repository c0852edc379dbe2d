"""`GET /`: what needs attention now."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import insert

from allocation.access.scopes import Scope
from allocation.adapters.sql.schema import messages
from tests.integration.http.conftest import Client, Serve
from tests.support.clock import VirtualClock
from tests.support.crowded_database import message
from tests.support.guarded import guarded
from tests.support.requests import add_batch, allocate, post

HTML = {"Accept": "text/html"}


def page(client: Client) -> str:
    answer = client.get("/", headers=HTML)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def heading(text: str) -> str:
    [match] = re.findall(r"<h1[^>]*>(.*?)</h1>", text)
    return str(match)


def figure(text: str, name: str) -> str:
    [match] = re.findall(rf'id="figure-{name}">(.*?)</dd>', text)
    return str(match)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def any_service(serve: Serve, database_url: str, clock: VirtualClock) -> Client:
    """The service on each database, on 1 January 2030."""
    return serve(database_url, clock=clock)


def test_an_empty_database_is_shown_the_first_steps(client: Client) -> None:
    text = page(client)
    assert heading(text) == "Nothing has happened yet"
    assert "curl http://allocation.test/add_batch -d" in text
    assert 'href="/board/import"' in text


def test_nothing_needs_anybody_as_long_as_all_goes_well(any_service: Client) -> None:
    add_batch(any_service)
    allocate(any_service)
    text = page(any_service)
    assert heading(text) == "Nothing needs attention"
    assert [figure(text, name) for name in ("waiting", "letters")] == ["0", "0"]


def test_trouble_is_told_with_its_next_action(any_service: Client) -> None:
    add_batch(any_service, "PO/1", 80, eta="2029-12-29")
    allocate(any_service, "o1")
    add_batch(any_service, "PO-2", 20, sku="SOFA", eta="2030-01-05")
    allocate(any_service, "o2", sku="SOFA")
    post(any_service, "/change_batch_eta", {"ref": "PO-2", "eta": "2030-01-17"})
    add_batch(any_service, "B3", 5, sku="BED")
    allocate(any_service, "o3", sku="BED", qty=7)

    text = page(any_service)

    assert heading(text) == "3 things need attention"
    assert "</a> should have arrived on 29 Dec 2029: 80 units of LAMP" in text
    assert 'href="/board/batches/PO%2F1?back=/" data-dialog' in text
    assert "</a> arrives on 17 Jan, too late for 1 line" in text
    assert "SOFA, first promised for 5 Jan, 12 days before it arrives" in text
    assert "</a> has units, but no batch has room for a whole line: 1 line waits" in text
    assert figure(text, "waiting") == "1"


def test_a_late_shipment_says_by_which_day_a_customer_needs_it(any_service: Client) -> None:
    add_batch(any_service, "PO-2", 20, sku="SOFA", eta="2030-01-05")
    line = {"orderid": "o2", "sku": "SOFA", "qty": 2, "required_by": "2030-01-03"}
    post(any_service, "/allocate", line)
    post(any_service, "/allocate", line | {"orderid": "o3", "required_by": "2030-01-04"})

    assert "SOFA, needed by 3 Jan: 2 days earlier" in page(any_service)


def test_messages_that_failed_lead_to_the_failures(
    any_service: Client, clock: VirtualClock
) -> None:
    failed = {"attempts": 3, "error": "No answer", "due": None}
    later = {"due": clock.now + timedelta(hours=1)}
    rows = [message(1, "dead") | failed, message(2, "outgoing") | failed | later]
    with any_service.app.state.application.database.writing() as connection:
        connection.execute(insert(messages), rows)
        connection.commit()

    text = page(any_service)

    assert heading(text) == "2 things need attention"
    assert "1 message failed and is not tried again<small>Out of stock: No answer" in text
    assert "1 message failed and will be tried again<small>Out of stock: No answer" in text
    assert 'href="/board/failures"' in text
    assert figure(text, "letters") == "1"


def test_the_latest_messages_are_those_that_say_something_new(any_service: Client) -> None:
    add_batch(any_service, "b1", 5)
    allocate(any_service, "o1", 7)
    text = page(any_service)
    assert "Batch created: b1, 5 units of LAMP" in text
    assert "Message handled" not in text


def test_more_than_a_few_shortages_are_counted_and_linked(any_service: Client) -> None:
    for number in range(7):
        sku = f"SKU-{number}"
        add_batch(any_service, f"b{number}", 1, sku=sku)
        allocate(any_service, f"n{number}", 1, sku=sku)
        allocate(any_service, f"o{number}", sku=sku)
        allocate(any_service, f"p{number}", sku=sku)
    text = page(any_service)
    assert heading(text) == "More than 5 things need attention"
    assert 'href="/board/orders?show=waiting"' in text
    assert "SKU-4</a> has run out: 2 lines wait" in text
    assert "SKU-5</a> has run out" not in text


def test_the_last_hour_counts_the_messages_of_each_minute(
    any_service: Client, clock: VirtualClock
) -> None:
    add_batch(any_service, "long-ago")
    clock.go_on(seconds=3 * 3600)
    add_batch(any_service, "b1")
    first = page(any_service)
    clock.go_on(seconds=120)
    add_batch(any_service, "b2")
    text = page(any_service)

    [count] = re.findall(r"<title>14:62|<title>15:00: (\d+) message", first)
    assert re.findall(r"<title>15:0[02]: (\d+) message", text) == [count, count]
    assert f"About {2 * int(count)} messages in the last hour" in text


def test_the_rate_is_that_of_the_last_seconds(any_service: Client, clock: VirtualClock) -> None:
    add_batch(any_service)
    assert float(figure(page(any_service), "rate")) > 0
    clock.go_on(seconds=11)
    assert figure(page(any_service), "rate") == "0.00"


def test_the_page_has_not_changed_until_something_happens(any_service: Client) -> None:
    add_batch(any_service)
    etag = any_service.get("/", headers=HTML).headers["ETag"]
    assert any_service.get("/", headers=HTML | {"If-None-Match": etag}).status_code == 304
    add_batch(any_service, "b2")
    assert any_service.get("/", headers=HTML | {"If-None-Match": etag}).status_code == 200


async def test_a_reader_is_offered_no_action_that_changes_anything(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        stock = await service.create("stock", Scope.STOCK)
        batch = {"ref": "b1", "sku": "LAMP", "qty": 5, "eta": "2029-12-01"}
        headers = {"Authorization": f"Bearer {stock}"}
        answer = await service.client.post("/add_batch", json=batch, headers=headers)
        assert answer.status_code == 201
        assert "Give a new date…" in (await service.client.get("/", headers=headers)).text

        await service.log_in(await service.create("reader", Scope.READ))
        text = (await service.client.get("/")).text
        assert "should have arrived on 1 Dec 2029" in text
        assert "Give a new date…" not in text


async def test_a_reader_of_an_empty_database_is_told_whom_to_ask(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("reader", Scope.READ))
        text = (await service.client.get("/")).text
        assert "yours may only read" in text
        assert "curl" not in text
