"""The unit of work on a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from allocation.adapters.dates import current_date
from allocation.adapters.repository import SqlAlchemyRepository
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.stock.standalone_session import StandaloneSqlSession
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.policies import STANDARD, Policies


class SqlAlchemyUnitOfWork(StandaloneUnitOfWork):
    """A unit of work with its own transaction on SQLite or PostgreSQL.

    It writes no log. Its changes of batches go into their opening balances, so that
    `allocation verify` can explain the quantities. Unless it is given, `today` is the date in UTC
    when the unit of work is made.
    """

    repository = SqlAlchemyRepository

    def __init__(
        self, database: Database, policies: Policies = STANDARD, today: date | None = None
    ) -> None:
        @contextmanager
        def session() -> Iterator[StandaloneSqlSession]:
            with database.begin(snapshot=True) as driver:
                yield StandaloneSqlSession(driver, policies)

        super().__init__(session, today or current_date())
