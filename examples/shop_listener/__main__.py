"""Keeps a shop's table of promises true: `python -m examples.shop_listener shop.db`.

The address and the key of the service are in ALLOCATION_URL and ALLOCATION_KEY.
"""

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import httpx

TABLES = """
CREATE TABLE IF NOT EXISTS promises (orderid, sku, line, qty, status, batchref, eta);
CREATE INDEX IF NOT EXISTS by_order ON promises (orderid);
CREATE INDEX IF NOT EXISTS by_batch ON promises (batchref);
CREATE TABLE IF NOT EXISTS place (cursor);
"""
COLUMNS = ("orderid", "sku", "line", "qty", "status", "batchref", "eta")


def follow(shop: sqlite3.Connection, service: httpx.Client) -> None:
    """Follow the feed without an end. Each answer and its cursor are one transaction."""
    place = shop.execute("SELECT cursor FROM place").fetchone()
    cursor = place[0] if place else read_everything(shop, service)
    while True:
        answer = service.get("/events", params={"after": cursor, "limit": 500, "wait": 30})
        if answer.status_code == 410:  # away for too long, or another database
            cursor = read_everything(shop, service)
            continue
        page = answer.raise_for_status().json()
        orders = concerned(shop, [event["data"] for event in page["events"]])
        cursor = store(shop, page["next"], {order: lines_of(service, order) for order in orders})


def concerned(shop: sqlite3.Connection, events: list[dict[str, Any]]) -> set[str]:
    """The orders that events name, and those with lines of the batches that events name.

    A batch that arrives on the day it is due changes no promise: only the batch is named.
    """
    orders = {event["orderid"] for event in events if "orderid" in event}
    for ref in {event["ref"] for event in events if "ref" in event}:
        rows = shop.execute("SELECT DISTINCT orderid FROM promises WHERE batchref = ?", (ref,))
        orders.update(orderid for (orderid,) in rows)
    return orders


def read_everything(shop: sqlite3.Connection, service: httpx.Client) -> str:
    """Read all orders. The cursor is taken first: what happens meanwhile is read once more."""
    cursor = service.get("/events", params={"after": "last"}).raise_for_status().json()["next"]
    every = service.get("/orders", headers={"Accept": "application/x-ndjson"}).raise_for_status()
    orders = [json.loads(line)["orderid"] for line in every.text.splitlines()]
    return store(shop, cursor, {order: lines_of(service, order) for order in orders}, anew=True)


def lines_of(service: httpx.Client, order: str) -> list[dict[str, Any]]:
    """The lines of an order as they are now, which is why an event twice does no harm."""
    answer = service.get(f"/allocations/{quote(order, safe='')}")
    return [] if answer.status_code == 404 else answer.raise_for_status().json()


def store(
    shop: sqlite3.Connection,
    cursor: str,
    orders: dict[str, list[dict[str, Any]]],
    *,
    anew: bool = False,
) -> str:
    """Replace the lines of these orders, or all of them, and the cursor."""
    lines: Iterable[Any] = (tuple(e[c] for c in COLUMNS) for each in orders.values() for e in each)
    with shop:  # one transaction
        if anew:
            shop.execute("DELETE FROM promises")
        shop.executemany("DELETE FROM promises WHERE orderid = ?", [(order,) for order in orders])
        shop.executemany("INSERT INTO promises VALUES (?, ?, ?, ?, ?, ?, ?)", lines)
        shop.execute("DELETE FROM place")
        shop.execute("INSERT INTO place VALUES (?)", (cursor,))
    return cursor


def main() -> None:
    """Follow the feed until interrupted, through restarts of the service."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m examples.shop_listener FILE")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    shop = sqlite3.connect(sys.argv[1])
    shop.executescript(TABLES)
    key = os.environ.get("ALLOCATION_KEY")
    with httpx.Client(
        base_url=os.environ.get("ALLOCATION_URL", "http://127.0.0.1:8000"),
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=60,
    ) as service:
        while True:
            try:
                follow(shop, service)
            except httpx.HTTPError as error:  # down, restarting or busy: from the stored cursor on
                answer = getattr(error, "response", None)
                if answer is not None and answer.status_code in (401, 403):
                    sys.exit(f"the key is refused: {answer.text}")
                print(f"again in a second: {error}", file=sys.stderr)  # noqa: T201 - its output
                time.sleep(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
