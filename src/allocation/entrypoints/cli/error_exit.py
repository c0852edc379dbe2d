"""How a command ends that has failed: a message on standard error, and an exit code."""

import logging
import sys
from typing import NoReturn

from allocation.entrypoints.cli.console import err, safe, single_line
from allocation.entrypoints.cli.exit_codes import ExitCode
from allocation.errors import (
    EXPECTED,
    AccessError,
    Fault,
    NotDiscardable,
    Refusal,
    UnknownDeadLetter,
    WorkerFailed,
)

logger = logging.getLogger(__name__)


def end(error: Exception) -> NoReturn:
    """Report the error that has ended a command, and exit with its code.

    An expected error is one line; a bug is logged with its traceback.
    """
    match error:
        case Refusal() | AccessError() | UnknownDeadLetter() | NotDiscardable():
            _print(error)
            sys.exit(ExitCode.REFUSED)
        case WorkerFailed():  # logged by the worker
            sys.exit(ExitCode.BUG)
        case Fault():
            pass
        case _ if isinstance(error, EXPECTED):
            where = getattr(error, "where", None)
            _print(single_line(f"{where}: {error}" if where else error))
            sys.exit(ExitCode.CANNOT)
    logger.critical("the command failed because of a bug", exc_info=error)
    sys.exit(ExitCode.BUG)


def _print(error: object) -> None:
    err.print(f"[red]error:[/] {safe(error)}")
