"""Errors of backing up and restoring a database file.

MessagingError
├── UnusableCopy     the path of the backup cannot be written or read
├── DamagedDatabase  the file fails SQLite's integrity check
├── DatabaseInUse    another process has the database open
└── SqliteOnly       the database is not a SQLite file
"""

from typing import ClassVar

from allocation.messaging.errors import MessagingError


class UnusableCopy(MessagingError):
    """The path of the backup cannot be written, or holds no backup."""

    code: ClassVar[str] = "unusable_copy"

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class DamagedDatabase(MessagingError):
    """The file fails SQLite's integrity check."""

    code: ClassVar[str] = "database_damaged"

    def __init__(self, path: object, reason: object) -> None:
        super().__init__(f"{path} is damaged: {reason}")


class DatabaseInUse(MessagingError):
    """Another process has the database open: a server, an import, another tool."""

    code: ClassVar[str] = "database_in_use"

    def __init__(self, path: object) -> None:
        super().__init__(
            f"{path} is in use: stop the server and any other process that has it open, "
            "then try again"
        )


class SqliteOnly(MessagingError):
    """The command works on SQLite files only, and the database is PostgreSQL."""

    code: ClassVar[str] = "sqlite_only"

    def __init__(self) -> None:
        super().__init__(
            "`allocation backup` and `allocation restore` work on SQLite files only; for "
            "PostgreSQL use pg_dump and pg_restore, see docs/operations.md"
        )
