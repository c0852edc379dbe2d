"""The feed as JSON: every message once, as it was accepted, in the order of the log."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from allocation.adapters.sql.schema import messages
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from allocation.entrypoints.http.feed import events as route
from allocation.entrypoints.http.feed import tailer
from allocation.views import PORTION
from tests.integration.http.conftest import Client
from tests.support.crowded_database import fill, message
from tests.support.feed import everything, page, types
from tests.support.requests import a_line_body, add_batch, allocate, post
from tests.support.waiting import wait_until


def test_an_empty_log_has_no_events_and_a_cursor_to_go_on_from(any_client: Client) -> None:
    answer = page(any_client)
    assert (answer["events"], answer["more"]) == ([], False)
    add_batch(any_client)
    assert types(page(any_client, after=answer["next"])["events"]) == ["BatchCreated"]


def test_an_event_has_the_attributes_of_cloud_events(any_client: Client) -> None:
    add_batch(any_client)
    post(any_client, "/allocate", a_line_body(), key="my-key")
    _, required, allocated = everything(any_client)

    identity, _, number = required["cursor"].rpartition("-")
    assert datetime.fromisoformat(required.pop("time")).tzinfo is not None
    assert number == "2"
    assert required == {
        "specversion": "1.0",
        "id": "my-key",
        "source": f"/allocation/{identity}",
        "type": "AllocationRequired",
        "subject": "LAMP",
        "datacontenttype": "application/json",
        "cursor": f"{identity}-2",
        "correlationid": "my-key",
        "data": {"orderid": "o1", "sku": "LAMP", "qty": 10},
    } | {name: required[name] for name in ("sender",) if name in required}
    assert allocated["causationid"] == allocated["correlationid"] == "my-key"
    assert allocated["data"] == {"orderid": "o1", "sku": "LAMP", "qty": 10, "batchref": "b1"}


def test_a_message_that_was_refused_at_once_says_why(any_client: Client) -> None:
    post(any_client, "/allocate", a_line_body(sku="NONE"))
    (event,) = everything(any_client)
    assert (event["refusal"], event["refusalmessage"]) == ("invalid_sku", "Invalid sku NONE")


def test_an_event_stays_as_it_was_whatever_becomes_of_its_message(any_client: Client) -> None:
    add_batch(any_client)
    first = everything(any_client)
    with any_client.app.state.application.database.writing() as connection:
        connection.execute(update(messages).values(status="dead", error="the moon", attempts=7))
        connection.commit()
    assert everything(any_client) == first


def test_pages_have_every_event_once_in_the_order_of_the_log(any_client: Client) -> None:
    add_batch(any_client)
    for n in range(7):
        allocate(any_client, f"o{n}", 1)
    whole = page(any_client, limit=1000)
    assert not whole["more"]
    assert everything(any_client, limit=4) == whole["events"]
    numbers = [int(event["cursor"].rpartition("-")[2]) for event in whole["events"]]
    assert numbers == list(range(1, 16))


def test_last_begins_with_what_comes_from_now_on(any_client: Client) -> None:
    add_batch(any_client)
    answer = page(any_client, after="last")
    assert answer["events"] == []
    allocate(any_client)
    following = page(any_client, after=answer["next"])["events"]
    assert types(following) == ["AllocationRequired", "Allocated"]


def test_a_type_and_a_sku_choose_events(any_client: Client) -> None:
    add_batch(any_client)
    add_batch(any_client, "b2", sku="CHAIR")
    allocate(any_client)
    allocate(any_client, "o2", sku="CHAIR")
    chosen = everything(any_client, type=["Allocated", "BatchCreated"])
    assert types(chosen) == ["BatchCreated", "BatchCreated", "Allocated", "Allocated"]
    (allocated,) = everything(any_client, type="Allocated", sku="CHAIR")
    assert allocated["data"]["orderid"] == "o2"
    assert everything(any_client, sku="TABLE") == []


def test_a_sku_also_chooses_the_changes_of_its_batches(any_client: Client) -> None:
    add_batch(any_client)
    add_batch(any_client, "b2", sku="CHAIR")
    post(any_client, "/change_batch_quantity", {"ref": "b2", "qty": 5})
    post(any_client, "/change_batch_quantity", {"ref": "b1", "qty": 6})
    changes = everything(any_client, type="BatchQuantityChanged", sku="LAMP")
    assert [event["data"] for event in changes] == [{"ref": "b1", "qty": 6}]
    assert changes[0]["subject"] == "b1"


def test_a_request_looks_at_so_many_events_only_and_goes_on_with_the_next(
    any_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "LOOKED_AT", PORTION)
    database = any_client.app.state.application.database
    fill(database, {messages: [message(n, "handled") for n in range(2 * PORTION)]})
    add_batch(any_client)

    first = page(any_client, sku="LAMP")
    assert (first["events"], first["more"]) == ([], True)
    assert first["next"].endswith(f"-{PORTION}")
    assert types(everything(any_client, sku="LAMP")) == ["BatchCreated"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "nonsense"}, "after"),
        ({"after": ""}, "after"),
        ({"after": "abc-"}, "after"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"wait": "61"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"type": "Unheard"}, "type"),
        ({"sku": ""}, "sku"),
        ({"skus": "LAMP"}, "skus"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(
    client: Client, query: dict[str, Any], field: str
) -> None:
    answer = client.get("/events", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_value")
    assert answer.json()["field"] == field


def test_a_media_type_that_the_feed_does_not_have_is_refused(client: Client) -> None:
    answer = client.get("/events", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_a_poll_is_woken_by_an_event_of_its_own_server(
    any_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailer, "POLL_INTERVAL", 60.0)  # nothing else would wake it in time
    add_batch(any_client)
    cursor = page(any_client, after="last")["next"]
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(page, any_client, after=cursor, type="Allocated", wait=30)
        wait_until(lambda: len(any_client.app.state.streams), "the poll waits")
        allocate(any_client)
        assert types(polling.result()["events"]) == ["Allocated"]


def test_a_poll_waits_for_longer_than_the_tailer_lingers(
    any_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailer, "LINGER", -1.0)
    cursor = page(any_client, after="last")["next"]
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(page, any_client, after=cursor, wait=30)
        wait_until(lambda: len(any_client.app.state.streams), "the poll waits")
        looked_at = any_client.app.state.feed.tailer._looked_at
        wait_until(
            lambda: any_client.app.state.feed.tailer._looked_at > looked_at, "the tailer goes on"
        )
        add_batch(any_client)
        assert types(polling.result()["events"]) == ["BatchCreated"]


def test_a_poll_waits_for_an_event_of_another_process(
    any_client: Client, database_url: str
) -> None:
    cursor = page(any_client, after="last")["next"]
    with ThreadPoolExecutor(1) as pool, closing(bootstrap(Settings(database_url))) as other:
        polling = pool.submit(page, any_client, after=cursor, wait=30)
        wait_until(lambda: len(any_client.app.state.streams), "the poll waits")
        other.handle(BatchCreated("b1", "LAMP", 10))
        assert types(polling.result()["events"]) == ["BatchCreated"]


def test_a_poll_that_waits_in_vain_has_a_cursor_beyond_what_it_has_looked_at(
    any_client: Client,
) -> None:
    add_batch(any_client)
    answer = page(any_client, type="Allocated", wait=1)
    assert answer["events"] == []
    assert answer["next"] == page(any_client)["next"]


def test_a_poll_ends_with_its_server(any_client: Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(page, any_client, wait=30)
        streams = any_client.app.state.streams
        wait_until(lambda: len(streams), "the poll waits")
        with any_client.portal() as portal:
            portal.call(streams.close_all)
        assert polling.result()["events"] == []
        answer = any_client.get("/events", params={"wait": 30})
        assert (answer.status_code, answer.json()["code"]) == (503, "stopping")
