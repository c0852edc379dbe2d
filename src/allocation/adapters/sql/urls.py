"""The URL of a database: what it may be, and how it is shown."""

import re
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

POSTGRESQL: Final = "postgresql+psycopg"
SQLITE: Final = "sqlite"
SQLITE_HEADER: Final = b"SQLite format 3\0"

_PASSWORD: Final = re.compile(r"(?<=:)[^:@/]+(?=@)|(?<=password=)[^&]+")


class UnsupportedDatabase(ValueError):
    """A URL that is neither SQLite's nor PostgreSQL's, or has what it cannot have."""

    def __init__(
        self, url: str, reason: str = "is neither sqlite:///PATH nor postgresql://USER@HOST/NAME"
    ) -> None:
        super().__init__(f"database {_PASSWORD.sub('***', url)!r} {reason}")


class NotADatabase(ValueError):
    """A file that holds something else, or a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no SQLite database")


def parse(text: str) -> URL:
    """The URL, with the name of the driver that we use.

    Raises:
        UnsupportedDatabase: it is neither SQLite's nor PostgreSQL's.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # such as a port that is no number
        raise UnsupportedDatabase(text) from None
    if url.drivername == SQLITE and url.database and url.database != ":memory:":
        if url.query:
            raise UnsupportedDatabase(text, "has options, but SQLite's has none")
        return url
    if url.drivername in ("postgresql", "postgres", POSTGRESQL):
        url = url.set(drivername=POSTGRESQL)
        _check_options(text, url)
        return url
    raise UnsupportedDatabase(text)


def shown(url: URL) -> str:
    """The URL as it can be shown: without the password, wherever it stands."""
    return _PASSWORD.sub("***", url.render_as_string(hide_password=True))


def check_file(url: URL, *, create: bool) -> None:
    """See whether there is a SQLite file, or can be one.

    Raises:
        NotADatabase: there is something else.
        FileNotFoundError: there is no such folder; or no such file, and it is not to be made.
    """
    path = Path(url.database or "")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} for the database")
    if path.is_dir():
        raise NotADatabase(path)
    if not create and not path.exists():
        raise FileNotFoundError(
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
    except psycopg.ProgrammingError as error:
        raise UnsupportedDatabase(text, f"cannot be: {str(error).strip()}") from None
