"""Writers of the message log on connections of their own, whose transactions a test ends."""

from typing import Any, Final

import psycopg

_WRITE: Final = """
INSERT INTO messages (id, type, body, correlation_id, at, status, attempts)
VALUES (%(id)s, 'Allocated', '{"sku":"LAMP"}', %(id)s, now(), 'handled', 0)
"""


def write(writer: "psycopg.Connection[Any]", id: str) -> None:
    """Write a message in the writer's transaction, which stays open."""
    writer.execute(_WRITE, {"id": id})
