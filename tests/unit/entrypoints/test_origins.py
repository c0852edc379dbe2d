"""Headers that no browser sends in this way: in doubt, a page is another site's."""

import asyncio

import pytest
from litestar import Request

from allocation.entrypoints.http.errors import ForbiddenOrigin
from allocation.entrypoints.http.security import refuse_other_sites

Headers = list[tuple[bytes, bytes]]
HOST = (b"host", b"ours")


def send_request(headers: Headers) -> None:
    """Ask for a change."""
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    asyncio.run(refuse_other_sites(Request(scope)))  # type: ignore[arg-type]  # as far as needed


@pytest.mark.parametrize(
    "headers",
    [
        [(b"origin", b"null")],
        [(b"origin", b"http://\xff"), HOST],
        [(b"origin", b"http://elsewhere"), (b"origin", b"http://ours"), HOST],
        [(b"sec-fetch-site", b"cross-site"), (b"sec-fetch-site", b"same-origin"), HOST],
    ],
    ids=str,
)
def test_requests_from_other_origins_are_refused(headers: Headers) -> None:
    with pytest.raises(ForbiddenOrigin):
        send_request(headers)


@pytest.mark.parametrize("headers", [[], [HOST], [(b"origin", b"http://ours"), HOST]], ids=str)
def test_who_says_nothing_or_is_ours_may_ask(headers: Headers) -> None:
    send_request(headers)
