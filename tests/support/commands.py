"""The command `allocation`: as a process of its own, or, as that takes a second, in this."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from unittest import mock

from allocation import bootstrap as composition
from allocation.bootstrap import operations
from allocation.entrypoints.cli import main
from allocation.messaging.log import Clock
from tests.support import interruptible, without_pysqlite3

COMMAND: Final = str(Path(sys.executable).with_name("allocation"))
"""The command that was installed beside this Python."""

INTERRUPTIBLE: Final = (sys.executable, interruptible.__file__)
"""What a command is put behind that Ctrl-C must reach, whoever runs the tests."""

WITHOUT_PYSQLITE3: Final = (sys.executable, without_pysqlite3.__file__)
"""What a Python module is put behind that must do with Python's own SQLite."""

Dialect = str | Path


@dataclass(frozen=True)
class Ended:
    """How a command has ended, and what it has said."""

    returncode: int
    stdout: str
    stderr: str


def an_environment(**variables: str) -> dict[str, str]:
    """This process's, without any setting of the application but these."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ALLOCATION_")}
    return {**ours, "TERM": "dumb", "COLUMNS": "200", **variables}


def allocation(*words: Dialect, cwd: Path, settings: Mapping[str, str] | None = None) -> Ended:
    """Run the command in a process of its own."""
    ended = subprocess.run(
        [COMMAND, *map(str, words)],
        cwd=cwd,
        env=an_environment(**(settings or {})),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def allocation_here(
    *words: Dialect,
    cwd: Path,
    settings: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Ended:
    """Run the same in this process, which is as it was afterwards; by another clock, if given."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        chdir(cwd),
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch.object(sys, "argv", ["allocation", *map(str, words)]),
        mock.patch.dict(os.environ, an_environment(**(settings or {})), clear=True),
        own_logging(),
        nullcontext() if clock is None else _own_time(clock),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Ended(code, out.getvalue(), err.getvalue())


@contextmanager
def _own_time(clock: Clock) -> Iterator[None]:
    """The commands have no option for the time, unlike what they are made of."""
    with (
        mock.patch.object(composition, "bootstrap", partial(composition.bootstrap, clock=clock)),
        mock.patch.object(
            operations, "current_date_in", lambda zone: lambda: clock().astimezone(zone).date()
        ),
    ):
        yield


@contextmanager
def own_logging() -> Iterator[None]:
    """The set-up of the log is afterwards as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
