"""Durations in the options of commands, such as `90d`."""

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(r"([0-9]{1,6})([dhm])", re.ASCII)
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def as_duration(text: str) -> timedelta:
    """A whole number of days, hours or minutes: `90d`, `12h`, `30m`.

    Raises:
        ValueError: the text has another form.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 90d, 12h or 30m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
