"""The URL of a database: what it may be, and how it is shown."""

import re
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from allocation.messaging.errors import (
    NoSuchDatabase,
    NotADatabase,
    StoreUnavailable,
    UnsupportedDatabase,
)

POSTGRESQL: Final = "postgresql+psycopg"
SQLITE: Final = "sqlite"
SQLITE_HEADER: Final = b"SQLite format 3\0"

_FORMS: Final = "is neither sqlite:///PATH nor postgresql://USER@HOST/NAME"

_PASSWORD: Final = re.compile(r"(?<=:)[^:@/]+(?=@)|(?<=password=)[^&]+")


def parse(text: str) -> URL:
    """The URL, with the name of the driver that we use.

    Raises:
        UnsupportedDatabase: it is neither SQLite's nor PostgreSQL's, or has what it cannot have.
    """
    try:
        text.encode()
        url = make_url(text)
    except UnicodeEncodeError:
        raise _unsupported(text, "is not UTF-8 text") from None
    except (ArgumentError, ValueError):  # such as a port that is no number
        raise _unsupported(text, _FORMS) from None
    if "\0" in (url.database or ""):
        raise _unsupported(text, "has a zero byte in it")
    if url.drivername == SQLITE and url.database and url.database != ":memory:":
        if url.query:
            raise _unsupported(text, "has options, but SQLite's has none")
        return url
    if url.drivername in ("postgresql", "postgres", POSTGRESQL):
        url = url.set(drivername=POSTGRESQL)
        _check_options(text, url)
        return url
    raise _unsupported(text, _FORMS)


def shown(url: URL) -> str:
    """The URL as it can be shown: without the password, wherever it stands."""
    return _PASSWORD.sub("***", url.render_as_string(hide_password=True))


def check_file(url: URL, *, create: bool) -> None:
    """See whether there is a SQLite file, or can be one.

    Raises:
        NotADatabase: there is something else.
        NoSuchDatabase: there is no such folder; or no such file, and it is not to be made.
        StoreUnavailable: it cannot be looked at.
    """
    path = Path(url.database or "")
    try:
        _check_file(path, create=create)
    except OSError as error:
        raise StoreUnavailable(error.strerror or str(error), str(path)) from error


def _check_file(path: Path, *, create: bool) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise NoSuchDatabase(f"there is no folder {folder} for the database")
    if path.is_dir():
        raise NotADatabase(path)
    if not create and not path.exists():
        raise NoSuchDatabase(
            f"there is no database {path}; `allocation serve` and `allocation import` make one"
        )
    # SQLite takes what is shorter than its header for an empty database, and writes over it.
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
                raise NotADatabase(path)


def _check_options(text: str, url: URL) -> None:
    try:
        make_conninfo("", **{name: str(value) for name, value in url.query.items()})
        for host in (url.host or "").split(","):
            host.encode("idna")
    except psycopg.ProgrammingError as error:
        raise _unsupported(text, f"cannot be: {str(error).strip()}") from None
    except UnicodeError as error:
        raise _unsupported(text, f"has no name of a host: {error}") from None


def _unsupported(text: str, reason: str) -> UnsupportedDatabase:
    return UnsupportedDatabase(_PASSWORD.sub("***", text), reason)
