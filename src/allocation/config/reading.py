"""Reading of numbers and flags from environment variables."""

import re
from collections.abc import Mapping
from typing import ClassVar, Final

Environment = Mapping[str, str]


class ConfigError(ValueError):
    """A setting is invalid; the message names the variable and the value."""

    code: ClassVar[str] = "invalid_setting"

    def __init__(self, variable: str, value: str, reason: str) -> None:
        super().__init__(f"{variable}={value!r} {reason}")


_FLAGS: Final = {"yes": True, "no": False, "": False}


def flag(env: Environment, variable: str) -> bool:
    """Read yes or no; no if the variable is unset or empty.

    Raises:
        ConfigError: the value is neither.
    """
    value = env.get(variable, "").strip()
    try:
        return _FLAGS[value.lower()]
    except KeyError:
        raise ConfigError(variable, value, "is neither yes nor no") from None


def number(
    env: Environment, variable: str, *, least: int, most: int, noun: str = "number"
) -> int | None:
    """Read an integer; None if the variable is unset or empty.

    Raises:
        ConfigError: the value is not decimal digits, or not from `least` to `most`.
    """
    value = env.get(variable, "").strip()
    if not value:
        return None
    digits = len(str(most))
    if not re.fullmatch(f"[0-9]{{1,{digits}}}", value) or not least <= int(value) <= most:
        raise ConfigError(variable, value, f"is not a {noun} from {least} to {most}")
    return int(value)
