"""The requests: each asks for one unit for an order of its own."""

import random
from typing import Final

MOST: Final = 100_000_000
"""Orders that one load can ask for: their numbers have as many digits, so that all
requests are of one length."""

_CYCLE: Final = 1 << 16
"""After so many requests the skus come in the same order again."""


class Orders:
    """`POST /allocate`, ready to be sent; the skus are drawn at random, evenly."""

    def __init__(self, prefix: str, skus: list[str], key: str | None = None) -> None:
        draw = random.Random(1)  # the same for every server that is compared
        start = b'{"orderid":"' + prefix.encode() + b"-"
        ends = [b'","sku":"' + sku.encode() + b'","qty":1}' for sku in skus]
        heads = [_head(len(start) + 8 + len(end), key) + start for end in ends]
        drawn = [draw.randrange(len(skus)) for _ in range(_CYCLE)]
        self._parts = [(heads[sku], ends[sku]) for sku in drawn]
        self._number = 0

    def next(self) -> bytes:
        """The next request."""
        number = self._number
        self._number = number + 1
        head, end = self._parts[number & (_CYCLE - 1)]
        return b"%b%08d%b" % (head, number, end)


class Reads:
    """The same GET, again and again."""

    def __init__(self, path: str, key: str | None) -> None:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
        self._request = head + authorization(key) + b"\r\n"

    def next(self) -> bytes:
        """The next request."""
        return self._request


def authorization(key: str | None) -> bytes:
    """The line of a request's head that has the key; none without one."""
    return b"" if key is None else f"Authorization: Bearer {key}\r\n".encode()


def _head(length: int, key: str | None) -> bytes:
    return (
        b"POST /allocate HTTP/1.1\r\nHost: 127.0.0.1\r\n%b"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (authorization(key), length)
    )
