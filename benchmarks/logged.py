"""A log with very many messages, for reading the feed."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.types import UtcDateTime
from benchmarks import stock

_MESSAGES: Final = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
    " INSERT INTO messages (id, type, body, correlation_id, at, status, attempts)"
    " SELECT 'message-' || n, 'AllocationRequired',"
    ' \'{"orderid":"order-\' || n || \'","sku":"SKU-\' || (n % 1000) || \'","qty": 1}\','
    " 'message-' || n, :at, 'handled', 1 FROM numbers"
).bindparams(bindparam("at", type_=UtcDateTime()))


def fill(database: Database, messages: int, now: datetime) -> str:
    """Write so many messages into an empty log; return the identity of the log."""
    with database.writing(patient=True) as connection:
        connection.execute(_MESSAGES, {"count": messages, "at": now})
        identity = connection.execute(text("SELECT identity FROM log_state")).scalar_one()
        connection.commit()
    stock.settle(database, "messages")
    return str(identity)
