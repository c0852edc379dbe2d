"""The SQLite library: the one that pysqlite3 bundles, or Python's own where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from math import inf
from types import ModuleType
from typing import Final

from allocation.messaging.errors import UnsupportedSQLite

Version = tuple[int, int, int]

OLDEST: Final[Version] = (3, 38, 0)
"""The first version with the operator `->>`, by which a group's rows are looked up."""

DRIVERS: Final = ("pysqlite3", "sqlite3")
"""Packages with the driver, the preferred one first; Python comes with the last one."""

_WAL_RESET_FIXED: Final[Version] = (3, 51, 3)
_WAL_RESET_BACKPORTS: Final[dict[tuple[int, int], int]] = {(3, 44): 6, (3, 50): 7}
"""Branches that have got the mend too, and the patch with which they got it."""


@dataclass(frozen=True)
class SQLiteLibrary:
    """A version of SQLite, and the driver that it is used by."""

    package: str
    dbapi: ModuleType
    version: Version

    def __str__(self) -> str:
        return f"SQLite {_dotted(self.version)} ({self.package})"

    @property
    def has_wal_reset_fault(self) -> bool:
        """Whether a write beside a checkpoint can corrupt a file in WAL mode.

        So it is from the first version with WAL mode to 3.51.2, but for two branches:
        https://www.sqlite.org/wal.html#the_wal_reset_bug
        """
        major, minor, patch = self.version
        backport = _WAL_RESET_BACKPORTS.get((major, minor), inf)
        return self.version < _WAL_RESET_FIXED and patch < backport

    @property
    def warning(self) -> str | None:
        """What whoever runs the application should know of this version."""
        if not self.has_wal_reset_fault:
            return None
        return (
            f"{self} has the WAL-reset fault: in rare cases a write beside a checkpoint corrupts "
            f"the file. It is mended in SQLite {_dotted(_WAL_RESET_FIXED)}; until this Python has "
            "that, keep backups, or use PostgreSQL."
        )

    def check(self) -> None:
        """See whether the application can work with it.

        Raises:
            UnsupportedSQLite: it is too old.
        """
        if self.version < OLDEST:
            raise UnsupportedSQLite(
                f"{self} is too old: allocation needs SQLite {_dotted(OLDEST)} or newer; "
                "use a newer Python, or PostgreSQL"
            )


def load(packages: Sequence[str] = DRIVERS) -> SQLiteLibrary:
    """The library of the first of these packages that is installed.

    Raises:
        ImportError: none of them is.
    """
    for package in packages:
        try:
            dbapi = import_module(f"{package}.dbapi2")
        except ImportError:
            continue
        # Else the driver looks for a way to adapt every None that it is given, and makes two
        # error messages of not having found any: five times what it takes to bind one.
        dbapi.register_adapter(type(None), lambda nothing: nothing)
        return SQLiteLibrary(package, dbapi, dbapi.sqlite_version_info)
    raise ImportError(f"no driver for SQLite is installed: {', '.join(packages)}")


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


SQLITE: Final = load()
"""The library that this process uses."""
