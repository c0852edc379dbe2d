"""The store: the message log and the stock in one database, changed in one transaction."""

from typing import Final

from allocation.adapters import codec
from allocation.adapters.keys import sku_of
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.codec import Codec
from allocation.adapters.sql.message_log.log import LogFormat
from allocation.adapters.sql.message_log.store import LogStore
from allocation.adapters.sql.stock.cache import ProductCache
from allocation.adapters.sql.stock.session import SqlSession

CODEC: Final[Codec] = codec


class SqlStore(LogStore):
    """The stock's log and state in a SQLite file or a PostgreSQL database."""

    def __init__(self, database: Database, codec: Codec = CODEC) -> None:
        cache = ProductCache()

        def open_session(driver: TransactionConnection) -> SqlSession:
            return SqlSession(driver, cache)

        super().__init__(database, LogFormat(codec, sku_of), open_session)
