"""`--quiet` and `--verbose`: how much a command says on standard error besides its errors."""

import logging
from contextvars import ContextVar
from enum import Enum
from typing import Annotated, Final

import typer


class Verbosity(Enum):
    """How much is said: notes and progress, and lines of the log from a level on."""

    QUIET = logging.WARNING
    """Neither notes nor progress."""
    NORMAL = logging.INFO
    VERBOSE = logging.DEBUG

    @property
    def level(self) -> int:
        """The lowest level of the lines that are logged."""
        return self.value


_CURRENT: Final = ContextVar("verbosity", default=Verbosity.NORMAL)


def verbosity() -> Verbosity:
    """How much the command is to say."""
    return _CURRENT.get()


def set_verbosity(chosen: Verbosity) -> None:
    """Choose how much is said, and set up the log for it."""
    _CURRENT.set(chosen)
    root = logging.getLogger()
    root.handlers = [_FirstLine(chosen)]
    root.setLevel(chosen.level)


class _FirstLine(logging.Handler):
    """Sets up the log when there is a first line: this takes time, and most commands log none."""

    def __init__(self, chosen: Verbosity) -> None:
        super().__init__()
        self._level = logging.getLevelName(chosen.level).lower()

    def emit(self, record: logging.LogRecord) -> None:
        from allocation.config import LogLevel, LogSettings  # noqa: PLC0415 - takes time
        from allocation.entrypoints import logs  # noqa: PLC0415 - takes time

        logs.configure(LogSettings(LogLevel(self._level)))
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):  # by the levels that are set now
            logger.handle(record)


def _choose_quiet(given: bool) -> None:
    _choose(Verbosity.QUIET, is_given=given)


def _choose_verbose(given: bool) -> None:
    _choose(Verbosity.VERBOSE, is_given=given)


def _choose(chosen: Verbosity, *, is_given: bool) -> None:
    if not is_given:
        return
    if verbosity() not in (Verbosity.NORMAL, chosen):
        raise typer.BadParameter("choose one of --quiet and --verbose")
    set_verbosity(chosen)


QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        callback=_choose_quiet,
        expose_value=False,
        help="Print neither notes nor progress; errors are printed.",
    ),
]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        callback=_choose_verbose,
        expose_value=False,
        help="Log details, too, such as the database and the time taken.",
    ),
]
