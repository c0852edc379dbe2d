"""For which hosts the service answers."""

import asyncio
from typing import Any

import pytest
from litestar import Request

from allocation.entrypoints.http.errors import (
    ForbiddenOrigin,
    HostNotAllowed,
    HttpError,
    InvalidHost,
    MissingHost,
    RepeatedHeader,
)
from allocation.entrypoints.http.security import CACHE_SIZE, AllowedHosts, refuse_other_sites

CALLED = "192.0.2.7"


def a_scope(*hosts: str, called: str | None = CALLED, version: str = "1.1") -> Any:
    """A request that has come in at the address called."""
    headers = [(b"accept", b"*/*"), *((b"host", host.encode("latin-1")) for host in hosts)]
    server = None if called is None else (called, 8000)
    return {"type": "http", "headers": headers, "server": server, "http_version": version}


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "LOCALHOST", "localhost.", "localhost:"),
        *("127.0.0.1", "127.0.0.1:9", "127.1.2.3", "[::1]", "[::1]:8000", "[::ffff:127.0.0.1]"),
        *("[0:0:0:0:0:0:0:1]", " localhost", "localhost \t"),
    ],
)
def test_the_names_of_this_machine_are_allowed(host: str) -> None:
    AllowedHosts().check(a_scope(host))


@pytest.mark.parametrize(
    ("host", "called"),
    [
        ("192.0.2.7:8000", "192.0.2.7"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("[fe80::1]:8000", "fe80::1%eth0"),
        ("[2001:db8:0::7]", "2001:db8::7"),
    ],
)
def test_the_address_that_was_called_may_be_named(host: str, called: str) -> None:
    AllowedHosts().check(a_scope(host, called=called))


@pytest.mark.parametrize(
    "host",
    [
        *("elsewhere.example", "elsewhere.example:8000", "localhost.elsewhere.example"),
        *("xlocalhost", "localhost2", "127.0.0.1.elsewhere.example", "192.0.2.8", "[2001:db8::7]"),
        *("127.1", "2130706433", "0x7f.1", "0.0.0.0", "[::]"),
    ],
)
def test_another_host_is_refused(host: str) -> None:
    with pytest.raises(HostNotAllowed):
        AllowedHosts().check(a_scope(host))


@pytest.mark.parametrize("called", [None, "/run/allocation.sock", "elsewhere.example"])
def test_a_server_without_an_address_has_no_other_name(called: str | None) -> None:
    with pytest.raises(HostNotAllowed):
        AllowedHosts().check(a_scope("elsewhere.example", called=called))
    with pytest.raises(HostNotAllowed):
        AllowedHosts().check(a_scope(CALLED, called=called))


@pytest.mark.parametrize(
    "host", ["shop.example", "Shop.Example:443", "shop.example.", "10.0.0.5", "[2001:DB8::5]:80"]
)
def test_a_host_that_is_configured_is_allowed(host: str) -> None:
    AllowedHosts({"shop.example", "10.0.0.5", "2001:db8::5"}).check(a_scope(host))


def test_any_host_may_be_allowed_and_must_be_one() -> None:
    hosts = AllowedHosts({"*"})
    hosts.check(a_scope("elsewhere.example"))
    with pytest.raises(InvalidHost):
        hosts.check(a_scope("else where"))


@pytest.mark.parametrize(
    "host",
    [
        *("", " ", ".", "a b", "a\x00b", "a/b", "http://a", "user@a", "a:b", "a:80:80", "a,b"),
        *(
            "[",
            "[::1",
            "::1",
            "[::1]x",
            "[localhost]",
            "[1.2.3.4]",
            "\xe9.example",
            "a" * 5000 + "!",
        ),
    ],
)
def test_an_invalid_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidHost):
        AllowedHosts().check(a_scope(host))


@pytest.mark.parametrize("second", ["localhost", "elsewhere.example"])
def test_two_hosts_are_refused(second: str) -> None:
    with pytest.raises(RepeatedHeader):
        AllowedHosts().check(a_scope("localhost", second))


def test_a_request_without_a_host_is_refused_unless_it_is_http_1_0() -> None:
    with pytest.raises(MissingHost):
        AllowedHosts().check(a_scope())
    AllowedHosts().check(a_scope(version="1.0"))


def test_blanks_around_a_host_do_not_reach_the_framework() -> None:
    scope = a_scope("localhost \t")
    AllowedHosts().check(scope)
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"localhost"]


def test_a_decision_about_a_host_is_stable_after_many_other_hosts() -> None:
    hosts = AllowedHosts()
    for number in range(2 * CACHE_SIZE):
        hosts.check(a_scope(f"localhost:{number}"))
        with pytest.raises(HttpError):
            hosts.check(a_scope(f"elsewhere.example:{number}"))
        with pytest.raises(HttpError):  # the address is this one's only when it was called
            hosts.check(a_scope(f"192.0.2.7:{number}", called="192.0.2.8"))
        hosts.check(a_scope(f"192.0.2.7:{number}"))


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
