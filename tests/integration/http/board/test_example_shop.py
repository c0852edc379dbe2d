"""An empty board offers an example to try it with."""

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
