"""Numbers, dates and times are written so that they can be compared."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from allocation.entrypoints.board import formats

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12345, "12\u202f345"),
        (-5, "\u22125"),
        (None, "\u2014"),
        (1234567, "1\u202f234\u202f567"),
    ],
)
def test_a_number_has_groups_of_three_digits_and_a_true_minus(value: int, text: str) -> None:
    assert formats.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(12, "+12"), (0, "0"), (-3, "\u22123")])
def test_a_difference_has_a_sign(value: int, text: str) -> None:
    assert formats.signed(value) == text


@pytest.mark.parametrize(
    ("eta", "text"),
    [
        (None, "in stock"),
        (TODAY, "1 Dec, today"),
        (date(2026, 12, 2), "2 Dec, in 1 day"),
        (date(2026, 12, 14), "14 Dec, in 13 days"),
        (date(2026, 11, 28), "28 Nov, 3 days overdue"),
        (date(2027, 1, 2), "2 Jan 2027, in 32 days"),
    ],
)
def test_an_arrival_is_a_day_and_a_distance(eta: date | None, text: str) -> None:
    assert formats.due(eta, TODAY) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(1204.4, "1\u202f204"), (99.94, "99.9"), (3.14159, "3.14"), (0, "0.00")]
)
def test_a_rate_has_three_figures(rate: float, text: str) -> None:
    assert formats.rate(rate) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "40 ms"),
        (3.21, "3.2 s"),
        (42, "42 s"),
        (300, "5 min"),
        (7200, "2 h"),
        (260000, "3 days"),
    ],
)
def test_a_duration_has_the_unit_that_fits(seconds: float, text: str) -> None:
    assert formats.duration(seconds) == text


def test_a_time_is_local_and_has_utc_beside_it() -> None:
    at, zone = datetime(2026, 12, 1, 13, 2, 11, tzinfo=UTC), timezone(timedelta(hours=1))

    text = formats.clock(at, zone, TODAY)

    assert text == (
        '<time datetime="2026-12-01T13:02:11.000000Z" title="2026-12-01 13:02:11 UTC">'
        "14:02:11</time>"
    )
    assert ">30 Nov, 14:02:11<" in formats.clock(at - timedelta(days=1), zone, TODAY)


def test_a_number_that_ended_at_its_limit_says_so() -> None:
    assert formats.number_up_to(999, 1_000) == "999"
    assert formats.number_up_to(1_000, 1_000) == "1\u202f000+"
