"""Settings from the environment: what they are, and which cannot be."""

import pytest

from allocation.config import ConfigError, Settings


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
