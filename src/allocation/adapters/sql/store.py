"""The store: the message log and the stock in one database, changed in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from allocation.adapters.codec import Codec
from allocation.adapters.dates import TodayOf, date_in_utc
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.log import LogFormat
from allocation.adapters.sql.message_log.store import LogStore
from allocation.adapters.sql.stock.cache import ProductCache
from allocation.adapters.sql.stock.session import SqlSession
from allocation.domain.policies import STANDARD, Policies
from allocation.messaging.registry import Registry
from allocation.service_layer.needs import sku_in


class SqlStore(LogStore):
    """The stock's log and state in a SQLite file or a PostgreSQL database.

    All products have the same `policies`, which must be the same in every process, and so must
    `today_of`, which converts the time of a group to `uow.today`.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        policies: Policies = STANDARD,
        today_of: TodayOf = date_in_utc,
    ) -> None:
        cache = ProductCache()
        session = partial(SqlSession, registry=registry, policies=policies, today_of=today_of)
        open_session = partial(session, cache=cache)

        @contextmanager
        def open_snapshot(driver: TransactionConnection) -> Iterator[SqlSession]:
            with cache.copying() as copies:
                yield session(driver, copies=copies)

        log_format = LogFormat(Codec(registry), sku_in)
        super().__init__(database, log_format, open_session, open_snapshot)
