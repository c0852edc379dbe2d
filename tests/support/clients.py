"""Callers of a service over HTTP, many at the same time."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """A POST with the key under which it can be sent again."""

    path: str
    body: dict[str, Any]
    key: str


@dataclass(frozen=True)
class HttpAnswer:
    """An answer, as far as a client can compare it."""

    status: int
    body: Any


class ConcurrentClients:
    """Callers who share out requests among them, each with a connection of their own."""

    def __init__(self, address: str, requests: Sequence[Request]) -> None:
        self.answers: dict[str, HttpAnswer] = {}
        """By the requests' keys, as they come; a request that broke off has none."""
        self._netloc = urlsplit(address).netloc
        self._requests = iter(requests)
        self._turn = Lock()

    def call(self, callers: int) -> dict[str, HttpAnswer]:
        """Let so many callers send the requests."""
        with ThreadPoolExecutor(callers) as pool:
            for ended in [pool.submit(self._call) for _ in range(callers)]:
                ended.result()
        return self.answers

    def _call(self) -> None:
        with closing(HTTPConnection(self._netloc, timeout=30)) as connection:
            for request in self._mine():
                try:
                    self.answers[request.key] = send(connection, request)
                except (HTTPException, OSError):
                    connection.close()

    def _mine(self) -> Iterator[Request]:
        while True:
            with self._turn:
                request = next(self._requests, None)
            if request is None:
                return
            yield request


def answers_to(
    address: str, requests: Sequence[Request], callers: int = 32
) -> dict[str, HttpAnswer]:
    """What a crowd is told."""
    return ConcurrentClients(address, requests).call(min(callers, len(requests)))


def allocations(count: int, sku: str, qty: int = 1) -> list[Request]:
    """Requests for so many order lines, one order each."""
    return [
        Request("/allocate", {"orderid": f"o{n}", "sku": sku, "qty": qty}, key=f"allocate-o{n}")
        for n in range(1, count + 1)
    ]


def send(connection: HTTPConnection, request: Request) -> HttpAnswer:
    """Ask, and wait for the answer."""
    connection.request(
        "POST", request.path, json.dumps(request.body), {"Idempotency-Key": request.key}
    )
    answer = connection.getresponse()
    return HttpAnswer(answer.status, json.loads(answer.read()))
