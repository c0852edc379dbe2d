"""An empty board offers an example to try it with."""

import csv
from datetime import date
from pathlib import Path

from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.entrypoints.board.example_shop import example_shop
from tests.integration.http.conftest import Client

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
