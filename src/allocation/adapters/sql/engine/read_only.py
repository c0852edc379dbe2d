"""A look at a database: it changes nothing, and waits for nobody."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.opening import Access

T = TypeVar("T")


def look_at(url: str, query: Callable[[Database], T]) -> T:
    """What is found in the database; asked again where it was not at rest after all.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Exception: what `query` raises.
    """
    with closing(Database(url, create=False, access=Access.READ_AT_REST)) as database:
        try:
            found = query(database)
        except Exception:
            if not database.has_changed:
                raise
        else:
            if not database.has_changed:
                return found
    with closing(Database(url, create=False, access=Access.READ)) as database:
        return query(database)
