"""A probe that reads and writes the database on its own connection.

It does not depend on the pool, whose connections slow readers may occupy. For SQLite, it uses the
file that is already open: opening the path again would release the process's locks, and might apply
the log to a file that has replaced it.
"""

import shutil
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import TABLES
from allocation.messaging.errors import StoreUnavailable

LEAST_FREE: Final = 4 * 1024 * 1024
"""Free bytes below which the disk counts as full."""

PAGE_CHECK_INTERVAL: Final = 30.0
"""Seconds between two checks of the pages of a SQLite file."""

PAGE_CHECK_TIMEOUT: Final = 0.2
"""The maximum duration of such a check in seconds; it covers as many pages as it can."""

_TIMEOUT: Final = 500
"""Milliseconds for which the probe waits for a lock."""

_TOUCH: Final = "UPDATE alembic_version SET version_num = version_num"
"""A write that changes nothing."""


class Probe:
    """Checks whether a database can be read and written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pages_at: float | None = None

    def check(self, write: bool) -> None:
        """Read a row of every table; with `write`, also write without changing anything.

        Raises:
            StoreUnavailable: the database cannot be reached, read or written, or is damaged.
            StoreLost: the file is gone, or has been replaced by another one.
        """
        database = self._database.with_own_pool()
        try:
            with database.reading() as connection:
                _read(connection)
                if database.is_sqlite:
                    self._check_pages(connection)
            if database.is_sqlite:
                _check_disk(Path(database.engine.url.database or ""))
            if write:
                _write(database)
        finally:
            database.close()

    def _check_pages(self, connection: Connection) -> None:
        now = time.monotonic()
        if self._pages_at is not None and now - self._pages_at < PAGE_CHECK_INTERVAL:
            return
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: time.monotonic() > now + PAGE_CHECK_TIMEOUT, 10_000)
        try:
            report = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        except StoreUnavailable as error:
            if "interrupted" not in str(error):
                raise
        else:
            if report != "ok":
                raise StoreUnavailable(f"the file is damaged: {report}")
        finally:
            driver.set_progress_handler(None, 0)
        self._pages_at = now  # not if the file is damaged: the next check must fail, too


def _read(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_TIMEOUT}")
    else:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_TIMEOUT}")
    for table in TABLES:
        connection.execute(select(*table.primary_key.columns).limit(1)).first()


def _write(database: Database) -> None:
    with database.without_transaction() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_TIMEOUT}")
    try:
        with database.writing(snapshot=False) as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_TIMEOUT}")
            connection.exec_driver_sql(_TOUCH)
            connection.commit()
    except StoreUnavailable as error:
        if "database is locked" not in str(error):  # another writer is active, so writes work
            raise


def _check_disk(file: Path) -> None:
    free = shutil.disk_usage(file.absolute().parent).free
    if free < LEAST_FREE:
        raise StoreUnavailable(
            f"the disk is full: {free:,} bytes are left, and {LEAST_FREE:,} are needed"
        )
