"""An empty board offers an example to try it with."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from allocation.bootstrap import Answer
from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.entrypoints.board.example_shop import example_shop
from allocation.messaging.errors import StoreUnavailable
from tests.integration.http.conftest import Client
from tests.support.board_imports import words
from tests.support.guarded import guarded
from tests.support.requests import add_batch

HTML = {"Accept": "text/html"}
ADDRESS = "/board/example-shop"


def test_the_example_shop_is_offered_while_nothing_has_happened(client: Client) -> None:
    assert f'action="{ADDRESS}"' in client.get("/", headers=HTML).text


def test_the_example_shop_is_taken_in_once(client: Client) -> None:
    for _ in range(2):
        answer = client.post(ADDRESS, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")

    products = client.get("/products?limit=1000").json()["products"]
    lines = client.get("/events", params={"type": "AllocationRequired", "limit": 1000}).json()
    assert len(products) == 60
    assert len(lines["events"]) == 300
    assert f'action="{ADDRESS}"' not in client.get("/", headers=HTML).text


def fail_after(count: int, worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database fail after so many messages that are submitted together."""
    submit_all = worker.submit_all

    async def submit_some(messages: list[Any], *rest: Any, **named: Any) -> list[Answer]:
        answers: list[Answer] = await submit_all(messages[:count], *rest, **named)
        failed = answers[0]._replace(error=StoreUnavailable("the disk is full", "here"))
        return answers + [failed] * (len(messages) - count)

    monkeypatch.setattr(worker, "submit_all", submit_some)


def test_an_example_shop_that_is_not_complete_says_so_and_is_completed(
    any_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_after(250, any_client.app.state.worker, patch)
        answer = any_client.post(ADDRESS, headers=HTML, follow_redirects=False)
        assert answer.status_code == 503
        assert "The example shop is not complete the disk is full" in words(answer.text)
        assert f'action="{ADDRESS}"' in answer.text

    answer = any_client.post(ADDRESS, headers=HTML, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    lines = any_client.get("/events", params={"type": "AllocationRequired", "limit": 1000}).json()
    assert len(lines["events"]) == 300


async def test_an_example_shop_can_be_completed_on_another_day(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with guarded(sqlite_url) as service:
        with monkeypatch.context() as patch:
            fail_after(250, service.app.state.worker, patch)
            assert (await service.client.post(ADDRESS)).status_code == 503
        service.clock.go_on(seconds=2 * 86400)

        assert (await service.client.post(ADDRESS)).status_code == 303


def test_the_example_shop_is_not_loaded_beside_other_messages(client: Client) -> None:
    add_batch(client, "b1", qty=1)

    assert client.post(ADDRESS, follow_redirects=False).headers["location"] == "/"
    assert len(client.get("/products").json()["products"]) == 1


def test_the_shipments_of_the_example_are_still_to_come(client: Client) -> None:
    client.post(ADDRESS)

    shipments = client.get("/shipments?limit=1000").json()["shipments"]
    assert shipments
    assert not any(shipment["overdue"] for shipment in shipments)


def test_the_example_shares_no_name_with_the_files_of_the_shop() -> None:
    shop = Path(__file__).parents[4] / "examples" / "shop"
    used = set[str]()
    for name, columns in (("batches", ("ref", "sku")), ("orders", ("orderid", "sku"))):
        with (shop / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            used |= {row[column] for row in csv.DictReader(file) for column in columns}

    names = set[str]()
    for event in example_shop(date(2030, 1, 1)):
        assert isinstance(event, BatchCreated | AllocationRequired)
        names |= {event.sku, event.ref if isinstance(event, BatchCreated) else event.orderid}

    assert len(used) > 60
    assert not used & names
