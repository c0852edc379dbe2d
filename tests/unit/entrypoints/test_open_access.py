"""A server without access keys is open on loopback only, and says so."""

import socket
from contextlib import closing
from datetime import UTC, datetime

import pytest

from allocation.access.keys import AccessKey
from allocation.access.scopes import Scope
from allocation.entrypoints.cli.open_access import NoAccessKey, access_warnings, is_loopback

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEY = AccessKey("0123456789ab", "shop", "", frozenset({Scope.READ}), NOW, "user:alice")
ENDED = AccessKey("0123456789ab", "shop", "", frozenset(), NOW, "user:alice", revoked_at=NOW)


def warnings(*keys: AccessKey, loopback: bool, insecure: bool = False) -> list[str]:
    return [*access_warnings(keys, NOW, "shop.test", loopback=loopback, insecure=insecure)]


@pytest.mark.parametrize("insecure", [False, True])
def test_a_server_on_loopback_without_keys_says_that_it_is_open(insecure: bool) -> None:
    (warning,) = warnings(loopback=True, insecure=insecure)

    assert warning == (
        "no access keys: every program of this machine may read and change everything; "
        "`allocation keys create` makes one"
    )


def test_a_server_elsewhere_does_not_start_without_keys() -> None:
    with pytest.raises(NoAccessKey, match=r"shop\.test.*`allocation keys create`.*--insecure"):
        warnings(loopback=False)


def test_an_insecure_server_elsewhere_says_so() -> None:
    (warning,) = warnings(loopback=False, insecure=True)

    assert warning.startswith("--insecure, and no access keys: everybody who can reach shop.test")


@pytest.mark.parametrize("loopback", [False, True])
def test_a_server_with_keys_starts_in_silence(loopback: bool) -> None:
    assert warnings(ENDED, KEY, loopback=loopback) == []


@pytest.mark.parametrize("loopback", [False, True])
def test_a_server_whose_keys_have_ended_is_closed_and_says_so(loopback: bool) -> None:
    (warning,) = warnings(ENDED, loopback=loopback)

    assert warning.startswith("no access key is valid, so that every request is refused")


def test_a_server_with_keys_says_that_insecure_has_no_effect() -> None:
    (warning,) = warnings(KEY, loopback=False, insecure=True)

    assert warning.startswith("--insecure has no effect")


class Bound:
    """Stands for a socket with this address: not every machine has each of them."""

    def __init__(self, address: str) -> None:
        self.address = address

    def getsockname(self) -> tuple[str, int]:
        return self.address, 8000


@pytest.mark.parametrize(
    ("addresses", "loopback"),
    [
        (["127.0.0.1"], True),
        (["127.8.9.1", "::1"], True),
        (["::ffff:127.0.0.1"], True),
        (["127.0.0.1", "192.0.2.1"], False),
        (["::1", "fe80::1%eth0"], False),
        (["0.0.0.0"], False),
        (["::"], False),
        (["::ffff:192.0.2.1"], False),
    ],
)
def test_a_host_is_loopback_if_all_of_its_addresses_are(
    addresses: list[str], loopback: bool
) -> None:
    assert is_loopback([Bound(address) for address in addresses]) is loopback  # type: ignore[misc]


def test_a_socket_on_loopback_is_recognised() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        assert is_loopback([listening])
