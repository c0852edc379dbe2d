"""Read-only queries, which change nothing and wait for no lock."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.opening import Access

T = TypeVar("T")


def query_read_only(url: str, query: Callable[[Database], T]) -> T:
    """Run a query and return its result; run it again if the file was written meanwhile.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Exception: an error of the query.
    """
    with closing(Database(url, create=False, access=Access.READ_AT_REST)) as database:
        try:
            result = query(database)
        except Exception:
            if not database.has_changed:
                raise
        else:
            if not database.has_changed:
                return result
    with closing(Database(url, create=False, access=Access.READ)) as database:
        return query(database)
