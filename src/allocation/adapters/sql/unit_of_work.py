"""The unit of work on a database."""

from collections.abc import Iterator
from contextlib import contextmanager

from allocation.adapters.repository import SqlAlchemyRepository
from allocation.adapters.sql.database import Database
from allocation.adapters.sql.session import SqlSession
from allocation.adapters.units import UnitAlone


class SqlAlchemyUnitOfWork(UnitAlone):
    """A unit of work with a transaction of its own on SQLite or PostgreSQL."""

    repository = SqlAlchemyRepository

    def __init__(self, database: Database) -> None:
        @contextmanager
        def session() -> Iterator[SqlSession]:
            with database.begin(one_state=True) as driver:
                yield SqlSession(driver)

        super().__init__(session)
