"""When the service cannot: 503 says that it may be tried again, 500 says nothing at all."""

import logging

import pytest

from allocation.errors import Conflict, StoreUnavailable
from allocation.messaging.worker import Worker
from tests.integration.http.conftest import Client, Serve, served_by
from tests.support.processors import AT_ONCE
from tests.support.requests import a_batch_body, a_line_body, add_batch, post
from tests.support.storages import OpenDatabase
from tests.support.troubled_store import TroubledStore


@pytest.fixture
def store(sqlite_url: str, open_database: OpenDatabase) -> TroubledStore:
    return TroubledStore(open_database(sqlite_url))


@pytest.fixture
def client(sqlite_url: str, serve: Serve, store: TroubledStore) -> Client:
    """The service, on a store that can have troubles."""
    return serve(sqlite_url, store=store, retries=AT_ONCE)


@pytest.mark.parametrize(
    "trouble", [StoreUnavailable("disk full"), Conflict("somebody else is always faster")]
)
def test_trouble_with_the_database_is_503_and_may_be_tried_again(
    client: Client, store: TroubledStore, trouble: Exception
) -> None:
    store.trouble = trouble
    answer = post(client, "/add_batch", a_batch_body(), key="k1")
    assert_try_again(answer.status_code, dict(answer.headers))
    assert answer.json() == {"code": getattr(trouble, "code", None), "message": str(trouble)}

    store.trouble = None
    assert post(client, "/add_batch", a_batch_body(), key="k1").status_code == 201


def test_a_fault_of_the_program_is_500_without_details(
    client: Client, store: TroubledStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.trouble = RuntimeError("a secret of ours")
    with caplog.at_level(logging.ERROR):
        answer = post(client, "/add_batch", a_batch_body())

    assert (answer.status_code, answer.json()) == (
        500,
        {"code": "internal_error", "message": "Internal server error"},
    )
    assert "a secret of ours" in caplog.text
    store.trouble = None
    add_batch(client)


@pytest.mark.parametrize("path", ["/add_batch", "/messages"])
def test_too_many_at_once_are_503(client: Client, path: str) -> None:
    parts = client.app.state.application
    body = a_batch_body() | ({"type": "BatchCreated"} if path == "/messages" else {})
    with served_by(client, Worker(parts.processor, parts.relay, capacity=0)):
        answer = post(client, path, body)

    assert_try_again(answer.status_code, dict(answer.headers))
    assert client.get("/products/LAMP").status_code == 404


def test_a_request_while_the_service_stops_is_503_and_it_is_not_ready(client: Client) -> None:
    add_batch(client)
    with client.portal() as portal:
        portal.call(client.app.state.worker.stop)

    answer = post(client, "/allocate", a_line_body())

    assert_try_again(answer.status_code, dict(answer.headers))
    stopping = {"code": "stopping", "message": "The service is stopping; try again soon"}
    assert answer.json() == stopping
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "stopping")


def assert_try_again(status: int, headers: dict[str, str]) -> None:
    assert status == 503
    assert int(headers["retry-after"]) > 0
