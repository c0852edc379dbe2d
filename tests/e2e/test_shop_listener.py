"""The example's shop has the same promises as the service, whatever is killed meanwhile."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from allocation.access.scopes import Scope
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.support.clock import VirtualClock
from tests.support.commands import an_environment
from tests.support.serving import starting
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
COLUMNS = "orderid, sku, line, qty, status, batchref, eta"


class Service:
    """Requests to a server, with a key if it has any."""

    def __init__(self, address: str, key: str) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str) -> Any:
        return httpx.get(self._address + path, headers=self._headers, timeout=30).json()

    def send(self, verb: str, **body: Any) -> None:
        address = f"{self._address}/{verb}"
        assert httpx.post(address, json=body, headers=self._headers, timeout=30).is_success

    def promises(self) -> list[tuple[Any, ...]]:
        """All lines of all orders."""
        orders = self.get("/orders?limit=1000")["orders"]
        lines = [line for order in orders for line in self.get(f"/allocations/{order['orderid']}")]
        return sorted(tuple(line[c] for c in COLUMNS.split(", ")) for line in lines)


def free_port() -> int:
    """A port that the system has just given, and takes back for the server."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def listening(address: str, key: str, shop: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The listener, until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.shop_listener", str(shop)],
        cwd=ROOT,
        env=an_environment(ALLOCATION_URL=address, ALLOCATION_KEY=key),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def table(shop: Path) -> list[tuple[Any, ...]]:
    """The shop's own promises."""
    with closing(sqlite3.connect(shop)) as connection:
        exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'promises'")
        if not exists.fetchone():
            return []
        rows = connection.execute(f"SELECT {COLUMNS} FROM promises").fetchall()
    return sorted(rows, key=repr)


def wait_for_the_same(shop: Path, service: Service) -> None:
    promises = sorted(service.promises(), key=repr)
    assert promises
    wait_until(lambda: table(shop) == promises, "the shop's table is that of the service")


@pytest.mark.slow
def test_the_shop_keeps_up_through_kills_of_both_sides(database_url: str, tmp_path: Path) -> None:
    shop, port = tmp_path / "shop.db", free_port()
    with closing(bootstrap(Settings(database_url))) as application:
        text, _ = application.keys.create("shop", {Scope.ADMIN}, None, "test")
    key, address = str(text), f"http://127.0.0.1:{port}"
    service = Service(address, key)

    with starting(database_url, tmp_path, port=port) as server:
        assert server.address
        service.send("add_batch", ref="b1", sku="LAMP", qty=10)
        for n in range(4):
            service.send("allocate", orderid=f"o{n}", sku="LAMP", qty=3)
        with listening(address, key, shop):
            wait_for_the_same(shop, service)  # one of them waits
            service.send("change_batch_quantity", ref="b1", qty=4)
            service.send("add_batch", ref="b2", sku="LAMP", qty=9, eta="2031-01-01")
            wait_for_the_same(shop, service)
            server.kill()
            with starting(database_url, tmp_path, port=port) as restarted:
                assert restarted.address
                service.send("change_batch_eta", ref="b2", eta="2031-02-01")
                wait_for_the_same(shop, service)
        with starting(database_url, tmp_path, port=port) as again:
            assert again.address
            service.send("cancel_order", orderid="o0")  # while the listener is dead
            service.send("receive_batch_part", ref="b2", new_ref="b2a", qty=3)
            service.send("block_batch", ref="b1")
            service.send("allocate", orderid="late", sku="LAMP", qty=1)
            with listening(address, key, shop):
                wait_for_the_same(shop, service)


def test_the_shop_learns_of_a_shipment_that_arrives_on_the_day_it_is_due(
    sqlite_url: str, tmp_path: Path
) -> None:
    shop = tmp_path / "shop.db"
    with starting(sqlite_url, tmp_path) as server:
        service = Service(server.address, "")
        today = datetime.now(UTC).date().isoformat()
        service.send("add_batch", ref="b1", sku="LAMP", qty=10, eta=today)
        service.send("allocate", orderid="o1", sku="LAMP", qty=1)
        with listening(server.address, "", shop):
            wait_for_the_same(shop, service)
            service.send("change_batch_eta", ref="b1", eta=None)
            wait_for_the_same(shop, service)
            assert table(shop) == [("o1", "LAMP", "", 1, "allocated", "b1", None)]


@pytest.mark.slow
def test_a_shop_that_was_away_for_too_long_reads_everything_again(
    database_url: str, tmp_path: Path
) -> None:
    shop = tmp_path / "shop.db"
    with closing(bootstrap(Settings(database_url))) as application:
        text, _ = application.keys.create("shop", {Scope.ADMIN}, None, "test")
    with starting(database_url, tmp_path) as server:
        service = Service(server.address, str(text))
        service.send("add_batch", ref="b1", sku="LAMP", qty=10)
        service.send("allocate", orderid="o1", sku="LAMP", qty=1)
        with listening(server.address, str(text), shop):
            wait_for_the_same(shop, service)
        service.send("allocate", orderid="o2", sku="LAMP", qty=1)
        service.send("allocate", orderid="o3", sku="LAMP", qty=1)
    clock = VirtualClock()
    clock.now = datetime.now(UTC) + timedelta(days=29)
    with closing(bootstrap(Settings(database_url), clock=clock)) as later:
        later.handle(BatchCreated("b2", "LAMP", 1))
        clock.now += timedelta(days=1)
        assert sum(later.retention.prune(timedelta(days=10))) > 0
    with starting(database_url, tmp_path) as server:
        service = Service(server.address, str(text))
        with closing(sqlite3.connect(shop)) as connection:
            [(cursor,)] = connection.execute("SELECT cursor FROM place")
        assert service.get(f"/events?after={cursor}")["code"] == "cursor_too_old"
        with listening(server.address, str(text), shop):
            wait_for_the_same(shop, service)


def test_a_listener_whose_key_is_refused_ends_and_says_so(sqlite_url: str, tmp_path: Path) -> None:
    with closing(bootstrap(Settings(sqlite_url))) as application:
        application.keys.create("shop", {Scope.READ}, None, "test")
    with starting(sqlite_url, tmp_path) as server:
        ended = subprocess.run(
            [sys.executable, "-m", "examples.shop_listener", str(tmp_path / "shop.db")],
            cwd=ROOT,
            env=an_environment(ALLOCATION_URL=server.address),
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert "key_required" in ended.stderr
