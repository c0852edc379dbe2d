"""Settings from the environment: what they are, and which cannot be."""

import pytest

from allocation.config import ConfigError, LimitSettings, Settings


@pytest.mark.parametrize(
    ("value", "days"),
    [("1", 1), ("30", 30), ("36500", 36_500), (" 7 ", 7), ("007", 7), ("", None), ("  ", None)],
)
def test_the_days_to_keep_the_log(value: str, days: int | None) -> None:
    assert Settings.read({"ALLOCATION_KEEP_DAYS": value}).keep_days == days


def test_without_a_setting_the_log_is_kept_for_ever() -> None:
    assert Settings.read({}).keep_days is None


@pytest.mark.parametrize(
    "value",
    ["0", "-1", "+1", "36501", "100000", "1.5", "1e2", "abc", "7 days", "\u0667", "1_0", "7\n8"],
)
def test_what_is_no_number_of_days_is_told_with_its_name(value: str) -> None:
    with pytest.raises(ConfigError) as told:
        Settings.read({"ALLOCATION_KEEP_DAYS": value})
    assert str(told.value) == (
        f"ALLOCATION_KEEP_DAYS={value!r} is not a number of days from 1 to 36500"
    )


@pytest.mark.parametrize("value", ["buyers", "a@b.c,d@e.f", "a@b@c", "A <a@b.c>", "a@b.c; d@e.f"])
@pytest.mark.parametrize("variable", ["ALLOCATION_STOCK_EMAIL", "ALLOCATION_SENDER_EMAIL"])
def test_what_is_not_one_address_is_told_with_its_name(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{variable}=.* is not an e-mail address"):
        Settings.read({variable: value})


LIMITS = {
    "ALLOCATION_MAX_CONNECTIONS": ("max_connections", 1, 1_000_000),
    "ALLOCATION_MAX_HEADER_BYTES": ("max_header_bytes", 1024, 1024 * 1024),
    "ALLOCATION_HEADER_TIMEOUT": ("header_timeout", 1, 3600),
    "ALLOCATION_BODY_TIMEOUT": ("body_timeout", 1, 3600),
    "ALLOCATION_MIN_BODY_RATE": ("min_body_rate", 1, 1024**3),
    "ALLOCATION_STALL_TIMEOUT": ("stall_timeout", 1, 3600),
    "ALLOCATION_MAX_BODY_BYTES": ("max_body_bytes", 1024**2, 65_536 * 1024**2),
    "ALLOCATION_BODY_ROOM_TIMEOUT": ("body_room_timeout", 1, 3600),
    "ALLOCATION_KEEP_ALIVE_TIMEOUT": ("keep_alive_timeout", 1, 3600),
}


@pytest.mark.parametrize("variable", LIMITS)
def test_a_limit_is_read_from_its_variable(variable: str) -> None:
    name, least, most = LIMITS[variable]
    for value in (least, most):
        assert getattr(Settings.read({variable: str(value)}).limits, name) == value
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigError, match=f"{variable}='{value}' is not a .* from {least} to"):
            Settings.read({variable: str(value)})


def test_limits_that_are_not_set_are_those_of_the_settings() -> None:
    assert Settings.read({}).limits == LimitSettings()
