"""The service over HTTP, in this process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.entrypoints.http import readiness
from allocation.entrypoints.http.app import create_app
from allocation.entrypoints.http.feed import feed
from tests.support.waiting import TIMEOUT

HOST = "allocation.test"
"""The name under which the service is called here; as any other it is to be allowed."""

ALLOWED = (HOST,)

Client = TestClient[Litestar]
Serve = Callable[..., Client]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service waits for its database as long as a busy machine takes, before it says 503."""
    monkeypatch.setattr(readiness, "TIMEOUT", TIMEOUT)
    monkeypatch.setattr(feed, "REFRESH_TIMEOUT", TIMEOUT)


@contextmanager
def served(url: str, **parts: Any) -> Iterator[Client]:
    """The service on this database; an error that it lets through is an answer, as in life."""
    with TestClient(
        create_app(bootstrap(Settings(url), **parts), ALLOWED, may_be_open=True),
        base_url=f"http://{HOST}",
        raise_server_exceptions=False,
    ) as client:
        yield client


@contextmanager
def served_by(client: Client, worker: object) -> Iterator[None]:
    """Another worker has the service's requests handled as long as this is open."""
    before = client.app.state.worker
    client.app.state.worker = worker
    try:
        yield
    finally:
        client.app.state.worker = before


@pytest.fixture
def client(sqlite_url: str) -> Iterator[Client]:
    """The service on SQLite."""
    with served(sqlite_url) as client:
        yield client


@pytest.fixture
def any_client(database_url: str) -> Iterator[Client]:
    """The service on SQLite, then on PostgreSQL."""
    with served(database_url) as client:
        yield client


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves on a database, with other parts than usual, until the test is over."""
    with ExitStack() as stack:
        yield lambda url, **parts: stack.enter_context(served(url, **parts))
