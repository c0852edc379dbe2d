"""An interrupt at the keyboard is an interrupt, whatever statement it interrupts."""

import signal
import subprocess
import sys
from typing import Any, NoReturn

import pytest
from sqlalchemy import event, text

from allocation.adapters.sql.engine.database import Database
from tests.support.commands import INTERRUPTIBLE


def test_an_interrupt_is_not_mistaken_for_an_outage_of_the_database(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))

        @event.listens_for(database.engine, "do_execute")
        def interrupt(*_: Any) -> NoReturn:
            raise KeyboardInterrupt

        try:
            with pytest.raises(KeyboardInterrupt):
                connection.execute(text("SELECT 1"))
        finally:
            event.remove(database.engine, "do_execute", interrupt)


WHILE_IMPORTING = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, *_):
        if name == "allocation.entrypoints.cli":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
from allocation.__main__ import main
main()
"""


def test_an_interrupt_before_the_command_has_begun_ends_the_process() -> None:
    ended = subprocess.run(
        [*INTERRUPTIBLE, sys.executable, "-c", WHILE_IMPORTING],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, b"")
