"""What can go wrong when a database is copied to a file, or a copy put in its place.

MessagingError
├── UnusableCopy     a path to which no copy can go, or where no copy is
├── DamagedDatabase  a file whose contents do not fit together
├── DatabaseInUse    somebody has the database open
└── SqliteOnly       the database is no file
"""

from typing import ClassVar

from allocation.messaging.errors import MessagingError


class UnusableCopy(MessagingError):
    """A path to which no copy can go, or where there is none."""

    code: ClassVar[str] = "unusable_copy"

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class DamagedDatabase(MessagingError):
    """A file whose contents do not fit together."""

    code: ClassVar[str] = "database_damaged"

    def __init__(self, path: object, told: object) -> None:
        super().__init__(f"{path} is damaged: {told}")


class DatabaseInUse(MessagingError):
    """Somebody has the database open: a server, an import, another tool."""

    code: ClassVar[str] = "database_in_use"

    def __init__(self, path: object) -> None:
        super().__init__(
            f"{path} is in use: stop the server, and whatever else has it open, and try again"
        )


class SqliteOnly(MessagingError):
    """What is done with files, asked of a PostgreSQL database."""

    code: ClassVar[str] = "sqlite_only"

    def __init__(self) -> None:
        super().__init__(
            "`allocation backup` and `allocation restore` are for SQLite files; PostgreSQL has its "
            "own pg_dump and pg_restore: docs/operations.md tells how to use them"
        )
