"""Errors of a database that cannot be used, backed up or restored.

MessagingError
├── SchemaError          the database lacks tables that this program needs
├── UnsupportedDatabase  the URL does not name a supported database
├── UnsupportedSQLite    the SQLite library lacks a required feature
├── NotADatabase         the file is not a SQLite database
├── NoSuchDatabase       the file does not exist, and the command does not create it
├── UnusableCopy         the path of the backup cannot be written or read
├── DamagedDatabase      the file fails SQLite's integrity check
├── DatabaseInUse        another process has the database open
├── SqliteOnly           the database is not a SQLite file
├── UnusableState        the file with the state of a database cannot be read
└── DatabaseNotEmpty     the database has data already
"""

from typing import ClassVar

from allocation.messaging.errors import MessagingError


class SchemaError(MessagingError):
    """The tables of the database are not those that this program needs."""

    code: ClassVar[str] = "schema_mismatch"


class UnsupportedDatabase(MessagingError):
    """The URL does not name a supported database; the message shows no password."""

    code: ClassVar[str] = "unsupported_database"

    def __init__(self, redacted_url: str, reason: str) -> None:
        super().__init__(f"database {redacted_url!r} {reason}")


class UnsupportedSQLite(MessagingError):
    """The SQLite library lacks a feature that this program needs."""

    code: ClassVar[str] = "unsupported_sqlite"


class NotADatabase(MessagingError):
    """The path is a directory, or a file that is not a SQLite database."""

    code: ClassVar[str] = "not_a_database"

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is not a SQLite database")


class NoSuchDatabase(MessagingError):
    """The file does not exist and must not be created here, or its directory does not exist."""

    code: ClassVar[str] = "no_such_database"


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
    """The operation works on SQLite files only, and the database is PostgreSQL."""

    code: ClassVar[str] = "sqlite_only"


class UnusableState(MessagingError):
    """A file with the whole state of a database cannot be read, or not into this database."""

    code: ClassVar[str] = "unusable_state"

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class DatabaseNotEmpty(MessagingError):
    """The database has data already, and the operation needs an empty one."""

    code: ClassVar[str] = "database_not_empty"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has data already: a whole state goes into an empty database only")
