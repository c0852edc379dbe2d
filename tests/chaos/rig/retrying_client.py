"""A client that sends each request until it is answered, to any server."""

import random
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from typing import Final, Self
from urllib.parse import urlsplit

from tests.chaos.observations import Observations
from tests.support.clients import HttpAnswer, Request, send

ANSWER_TIMEOUT: Final = 6.0
"""Seconds after which a caller believes that no answer will come, and asks again."""

TIMEOUT: Final = 240.0
"""Seconds after which a request that nobody answers is given up: it is stuck."""

Addresses = Callable[[], Sequence[str]]
"""The addresses of the servers now."""


class RetryingClient:
    """For one thread at a time."""

    def __init__(
        self, addresses: Addresses, rng: random.Random, observations: Observations
    ) -> None:
        self._addresses = addresses
        self._rng = rng
        self._observations = observations
        self._address: str | None = None
        self._connection: HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def send_until_answered(self, request: Request) -> HttpAnswer | None:
        """The answer; None if there is none for a long time."""
        started, again = time.monotonic(), False
        while time.monotonic() - started < TIMEOUT:
            answer = self._try(request, again=again)
            if answer is not None and answer.status != 503:
                self._observations.note_wait(time.monotonic() - started)
                return answer
            again = True
            self.disconnect()
            time.sleep(self._rng.uniform(0.02, 0.3))  # a caller who is polite
        return None

    def disconnect(self) -> None:
        """Close the connection; the next request goes to any server."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._address = None

    def _try(self, request: Request, *, again: bool) -> HttpAnswer | None:
        connection = self._line()
        if connection is None:
            self._observations.note_attempt("nobody there", again=again)
            return None
        try:
            answer = send(connection, request)
        except (HTTPException, OSError) as error:
            self._observations.note_attempt(_in_words(error), again=again)
            return None
        self._observations.note_attempt(str(answer.status), again=again)
        return answer

    def _line(self) -> HTTPConnection | None:
        addresses = self._addresses()
        if self._address not in addresses or self._rng.random() < 0.1:
            self.disconnect()
        if self._connection is None and addresses:
            self._address = self._rng.choice(addresses)
            netloc = urlsplit(self._address).netloc
            self._connection = HTTPConnection(netloc, timeout=ANSWER_TIMEOUT)
        return self._connection


def _in_words(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else "broken off"
