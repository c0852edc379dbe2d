"""The exit codes of the commands."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command has ended."""

    SUCCESS = 0
    REFUSED = 1
    CANNOT = 2
    BUG = 70
    """An internal error, as in sysexits.h."""
    INTERRUPTED = 130
    """128 and the number of the signal, as shells report it."""


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.SUCCESS: "success",
    ExitCode.REFUSED: "refused by the rules, or not found",
    ExitCode.CANNOT: "an invalid call, setting or file, or a database that cannot be used",
    ExitCode.BUG: "a bug of the program, with a traceback",
    ExitCode.INTERRUPTED: "interrupted, or not confirmed",
}
"""What each exit code means, as a phrase."""
