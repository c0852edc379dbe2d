"""The setting of the hosts for which the service answers."""

import pytest

from allocation.config import ConfigError, Settings


def hosts(value: str) -> frozenset[str]:
    return Settings.read({"ALLOCATION_ALLOWED_HOSTS": value}).hosts.allowed


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", set()),
        (" , ", set()),
        ("shop.example", {"shop.example"}),
        ("Shop.Example, stock.example:8443", {"shop.example", "stock.example"}),
        ("a\tb\nc", {"a", "b", "c"}),
        ("10.0.0.5 10.0.0.6:80", {"10.0.0.5", "10.0.0.6"}),
        ("2001:DB8:0::5,[2001:db8::6]:80", {"2001:db8::5", "2001:db8::6"}),
        ("lager.müller.example", {"lager.xn--mller-kva.example"}),
        ("allocation_web_1", {"allocation_web_1"}),
        ("*", {"*"}),
    ],
)
def test_the_hosts_that_are_allowed(value: str, read: set[str]) -> None:
    assert hosts(value) == read


@pytest.mark.parametrize(
    "host",
    ["http://shop.example", "*.shop.example", "shop.example/x", "a:b", "[::1", "1::2::3", "é" * 70],
)
def test_an_invalid_host_is_an_error_with_its_name(host: str) -> None:
    with pytest.raises(ConfigError) as raised:
        hosts(f"good.example,{host}")
    assert "ALLOCATION_ALLOWED_HOSTS=" in str(raised.value)
    assert f"{host!r}, which is not a host name, an address or *" in str(raised.value)


@pytest.mark.parametrize(
    ("bound", "host"),
    [
        ("shop.example", "shop.example"),
        ("0.0.0.0", "0.0.0.0"),
        ("::", "::"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_address_of_the_server_is_an_allowed_host(bound: str, host: str) -> None:
    settings = Settings.read({"ALLOCATION_ALLOWED_HOSTS": "other.example"})
    assert settings.hosts.including(bound) == {"other.example", host}
