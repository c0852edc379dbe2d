"""How a command ends: a line for what its caller can meet, a traceback for a fault of ours."""

import logging
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from allocation.entrypoints.cli.main import run as run_command
from allocation.errors import (
    BatchConflict,
    Busy,
    ConfigError,
    HandlerFailed,
    InputError,
    InvalidValue,
    NoSuchDatabase,
    NotDiscardable,
    RegistryError,
    StoreUnavailable,
    UnknownDeadLetter,
    WorkerFailed,
)
from tests.integration.cli.conftest import Execute, Run
from tests.support.commands import COMMAND

OURS = [
    ValueError("a fault of ours"),
    OSError("a fault of ours"),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "a fault of ours"),
    KeyError("a fault of ours"),
    HandlerFailed("m1", RuntimeError("a fault of ours")),
    RegistryError("a fault of ours"),
]
CALLERS = [
    (BatchConflict("b1", "qty", 1, 2), 1),
    (InvalidValue("qty", 0, "is less than 1"), 1),
    (UnknownDeadLetter("m1"), 1),
    (NotDiscardable("m1"), 1),
    (ConfigError("VARIABLE", "value", "cannot be"), 2),
    (InputError("no such thing"), 2),
    (NoSuchDatabase("there is none"), 2),
    (Busy(9), 2),
    (StoreUnavailable("gone", "sqlite:///x.db"), 2),
]


def raising(error: Exception) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize("error", OURS, ids=repr)
def test_a_fault_of_ours_is_a_traceback_and_ends_with_70(
    error: Exception, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(raising(error))

    assert end.value.code == 70
    [record] = caplog.records
    assert record.levelno == logging.CRITICAL
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert "error:" not in capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), CALLERS, ids=repr)
def test_an_expected_error_is_one_line(
    error: Exception,
    code: int,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(raising(error))

    assert end.value.code == code
    assert caplog.records == []
    database = "sqlite:///x.db: " if isinstance(error, StoreUnavailable) else ""
    assert capsys.readouterr().err == f"error: {database}{error}\n"


def test_the_reason_why_a_worker_ended_is_logged_once(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(raising(WorkerFailed(SystemExit())))
    assert end.value.code == 70
    assert caplog.records == []
    assert capsys.readouterr().err == ""


def test_a_log_that_cannot_be_read_is_no_refusal(stocked: Run, execute: Execute) -> None:
    execute("UPDATE messages SET body = '[' WHERE type = 'BatchCreated'")

    ended = stocked("verify")

    assert (ended.returncode, ended.stdout) == (70, "")
    assert "Traceback" in ended.stderr


def test_an_unreadable_file_is_reported_with_its_path(run: Run, tmp_path: Path) -> None:
    ended = run("import", "orders", "/proc/self/mem", "--rejected", tmp_path / "refused.csv")
    assert ended.returncode == 2
    assert ended.stderr == "error: /proc/self/mem: Input/output error\n"


def test_an_impossible_host_name_is_one_line_of_error(run: Run) -> None:
    ended = run("serve", "--host", "h" * 99)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: cannot listen on {'h' * 99}, port 8000: ")


def test_help_lists_the_exit_codes(run: Run) -> None:
    help_text = " ".join(run("--help").stdout.split())
    assert "70 a bug of the program" in help_text


def test_unwritable_output_is_one_line_of_error(stocked: Run, sqlite_url: str) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [COMMAND, "show", "sku", "LAMP", "--database", sqlite_url],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 2
    assert ended.stderr == "error: standard output: No space left on device\n"
