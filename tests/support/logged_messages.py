"""Messages as the log has them; what a test does not name is unremarkable."""

from typing import Any

from sqlalchemy import insert

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.views import MessageView
from tests.support.groups import NOW


def a_message(id: str, caused_by: str | None = None, **other: Any) -> MessageView:
    """A message of the log."""
    values = {
        "number": 1,
        "type": "Allocated",
        "body": '{"orderid":"o1","sku":"LAMP","qty":1,"batchref":"b1"}',
        "at": NOW,
        "status": "handled",
        "attempts": 0,
        **dict.fromkeys(("due", "error", "refusal", "results", "sender")),
        **other,
    }
    return MessageView(id=id, caused_by=caused_by, **values)


def a_row(id: str, **other: Any) -> dict[str, Any]:
    """A row of `messages`, whose columns are all there, as one statement writes many rows."""
    return {
        "id": id,
        "type": "OutOfStock",
        "body": '{"sku":"CHAIR"}',
        "correlation_id": id,
        "at": NOW,
        "status": "handled",
        "attempts": 0,
        **dict.fromkeys(("causation_id", "error", "sender", "due")),
        **other,
    }


def write_rows(database: Database, *rows: dict[str, Any]) -> None:
    """Write rows of `messages`, in this order."""
    with database.writing() as connection:
        connection.execute(insert(messages), list(rows))
        connection.commit()
