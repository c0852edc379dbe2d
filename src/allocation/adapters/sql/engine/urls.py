"""Database URLs: parsing, checking, and hiding the password."""

import re
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from allocation.messaging.database_errors import NoSuchDatabase, NotADatabase, UnsupportedDatabase
from allocation.messaging.errors import StoreUnavailable

POSTGRESQL: Final = "postgresql+psycopg"
SQLITE: Final = "sqlite"
SQLITE_HEADER: Final = b"SQLite format 3\0"

_FORMS: Final = "is neither sqlite:///PATH nor postgresql://USER@HOST/NAME"

_PASSWORD: Final = re.compile(r"(?<=:)[^:@/]+(?=@)|(?<=password=)[^&]+")


def parse(text: str) -> URL:
    """Parse a URL; the result names the driver in use.

    Raises:
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's, or is invalid.
    """
    try:
        text.encode()
        url = make_url(text)
    except UnicodeEncodeError:
        raise _unsupported(text, "is not UTF-8 text") from None
    except (ArgumentError, ValueError):  # for example a port that is not a number
        raise _unsupported(text, _FORMS) from None
    if "\0" in (url.database or ""):
        raise _unsupported(text, "contains a zero byte")
    if url.drivername == SQLITE and url.database and url.database != ":memory:":
        if url.query:
            raise _unsupported(text, "has options, which a SQLite URL cannot have")
        return url
    if url.drivername in ("postgresql", "postgres", POSTGRESQL):
        url = url.set(drivername=POSTGRESQL)
        _check_options(text, url)
        return url
    raise _unsupported(text, _FORMS)


def shown(url: URL) -> str:
    """The URL with the password masked, wherever it is."""
    return _PASSWORD.sub("***", url.render_as_string(hide_password=True))


def check_file(url: URL, *, create: bool) -> None:
    """Check that a SQLite file exists or, with `create`, can be created.

    Raises:
        NotADatabase: the path is a directory, or a file that is not a SQLite database.
        NoSuchDatabase: the directory does not exist; or the file does not, without `create`.
        StoreUnavailable: the file cannot be read.
    """
    path = Path(url.database or "")
    try:
        _check_file(path, create=create)
    except OSError as error:
        raise StoreUnavailable(error.strerror or str(error), str(path)) from error


def _check_file(path: Path, *, create: bool) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise NoSuchDatabase(f"the directory {folder} of the database does not exist")
    if path.is_dir():
        raise NotADatabase(path)
    if not create and not path.exists():
        raise NoSuchDatabase(
            f"there is no database {path}; `allocation serve` and `allocation import` create one"
        )
    # SQLite treats a file shorter than its header as an empty database, and overwrites it.
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
        raise _unsupported(text, f"is invalid: {str(error).strip()}") from None
    except UnicodeError as error:
        raise _unsupported(text, f"has an invalid host name: {error}") from None


def _unsupported(text: str, reason: str) -> UnsupportedDatabase:
    return UnsupportedDatabase(_PASSWORD.sub("***", text), reason)
