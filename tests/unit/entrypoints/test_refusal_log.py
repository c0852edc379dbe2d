"""Refusals of access are logged once a minute for each source, with a count."""

import pytest

from allocation.entrypoints.http.access import refusal_log
from allocation.entrypoints.http.access.refusal_log import RefusalLog
from allocation.entrypoints.http.access.sources import source_of


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_first_refusal_is_logged_at_once_and_others_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Seconds()
    refusals = RefusalLog(clock)
    for _ in range(5):
        refusals.note("10.0.0.1", "invalid_key")
    assert caplog.messages == ["access refused: 10.0.0.1, invalid_key (1)"]

    clock.now = 61.0
    refusals.note("10.0.0.2", "key_required")
    assert caplog.messages[1:] == [
        "access refused: 10.0.0.1, invalid_key (4)",
        "access refused: 10.0.0.2, key_required (1)",
    ]


def test_what_was_counted_is_logged_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog(Seconds())
    refusals.note("10.0.0.1", "invalid_key")
    refusals.note("10.0.0.1", "invalid_key")
    refusals.flush()
    refusals.flush()

    assert len(caplog.messages) == 2


def test_many_sources_are_counted_together(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_log, "MOST", 2)
    refusals = RefusalLog(Seconds())
    for number in range(5):
        refusals.note(f"10.0.0.{number}", "invalid_key")
    refusals.flush()

    assert caplog.messages[2:] == [
        "access refused: other sources, invalid_key (1)",
        "access refused: other sources, invalid_key (2)",
    ]


def test_a_source_cannot_forge_a_line(caplog: pytest.LogCaptureFixture) -> None:
    RefusalLog(Seconds()).note("key:a\nforged \x1b[31m", "forbidden_scope")

    assert caplog.messages == ["access refused: key:a\\nforged \\x1b[31m, forbidden_scope (1)"]


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
    ],
)
def test_the_source_of_a_request_is_its_address_or_its_network(address: str, source: str) -> None:
    assert source_of({"client": (address, 1234)}) == source


def test_a_connection_without_an_address_has_a_source() -> None:
    assert source_of({"client": None}) == "unknown"
