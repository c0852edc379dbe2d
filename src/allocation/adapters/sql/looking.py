"""A look at a database: it changes nothing, and waits for nobody."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.engines import Access

T = TypeVar("T")


def look_at(url: str, ask: Callable[[Database], T]) -> T:
    """What is found in the database; asked again where it was not at rest after all.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Exception: what `ask` raises.
    """
    with closing(Database(url, create=False, access=Access.READ_AT_REST)) as database:
        try:
            found = ask(database)
        except Exception:
            if not database.has_changed:
                raise
        else:
            if not database.has_changed:
                return found
    with closing(Database(url, create=False, access=Access.READ)) as database:
        return ask(database)
