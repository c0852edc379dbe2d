"""The SQLite library: the one bundled with pysqlite3, or else Python's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from math import inf
from types import ModuleType
from typing import Final

from allocation.messaging.database_errors import UnsupportedSQLite

Version = tuple[int, int, int]

OLDEST: Final[Version] = (3, 38, 0)
"""The first version with the operator `->>`, which bulk queries use."""

DRIVERS: Final = ("pysqlite3", "sqlite3")
"""Driver packages in order of preference; the last is part of Python."""

_WAL_RESET_FIXED: Final[Version] = (3, 51, 3)
_WAL_RESET_BACKPORTS: Final[dict[tuple[int, int], int]] = {(3, 44): 6, (3, 50): 7}
"""Release branches with a backport of the fix, and the patch version that has it."""


@dataclass(frozen=True)
class SQLiteLibrary:
    """A SQLite library with its driver and version."""

    package: str
    dbapi: ModuleType
    version: Version

    def __str__(self) -> str:
        return f"SQLite {_dotted(self.version)} ({self.package})"

    @property
    def has_wal_reset_fault(self) -> bool:
        """Whether a write during a checkpoint can corrupt a file in WAL mode.

        All versions with WAL mode up to 3.51.2 have this bug, except two branches with a
        backport: https://www.sqlite.org/wal.html#the_wal_reset_bug
        """
        major, minor, patch = self.version
        backport = _WAL_RESET_BACKPORTS.get((major, minor), inf)
        return self.version < _WAL_RESET_FIXED and patch < backport

    @property
    def warning(self) -> str | None:
        """A warning for the operator about this version, if it needs one."""
        if not self.has_wal_reset_fault:
            return None
        return (
            f"{self} has the WAL-reset bug: in rare cases a write during a checkpoint corrupts "
            f"the file. It is fixed in SQLite {_dotted(_WAL_RESET_FIXED)}; until this Python has "
            "that version, keep backups, or use PostgreSQL."
        )

    def check(self) -> None:
        """Check that the application supports this version.

        Raises:
            UnsupportedSQLite: the version is too old.
        """
        if self.version < OLDEST:
            raise UnsupportedSQLite(
                f"{self} is too old: allocation needs SQLite {_dotted(OLDEST)} or newer; "
                "use a newer Python, or PostgreSQL"
            )


def load(packages: Sequence[str] = DRIVERS) -> SQLiteLibrary:
    """Load the first of these packages that is installed.

    Raises:
        ImportError: none of them is installed.
    """
    for package in packages:
        try:
            dbapi = import_module(f"{package}.dbapi2")
        except ImportError:
            continue
        # Otherwise the driver searches for an adapter for every None, and builds two error
        # messages when it finds none, which takes five times as long as binding the value.
        dbapi.register_adapter(type(None), dict[None, None]().get)  # gives None for None
        return SQLiteLibrary(package, dbapi, dbapi.sqlite_version_info)
    raise ImportError(f"no driver for SQLite is installed: {', '.join(packages)}")


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


SQLITE: Final = load()
"""The library that this process uses."""
