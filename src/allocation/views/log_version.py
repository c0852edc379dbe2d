"""The version of the message log, which is another one after each commit to it."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, func, literal_column, select

from allocation.adapters.sql.message_log.schema import log_state, messages

LAST: Final = func.coalesce(func.max(messages.c.seq), 0)
PRUNED: Final = select(log_state.c.pruned_through).where(log_state.c.id == 1).scalar_subquery()

_IN_PROGRESS: Final = {
    "sqlite": "NULL",
    "postgresql": (
        "(SELECT string_agg(id::text, ' ') FROM pg_snapshot_xip(pg_current_snapshot()) AS id)"
    ),
}
_VERSIONS: Final = {
    dialect: select(LAST, PRUNED, literal_column(in_progress))
    for dialect, in_progress in _IN_PROGRESS.items()
}


class LogVersion(NamedTuple):
    """Identifies what the log has at one moment: after a commit to it, the version is another one.

    PostgreSQL numbers the messages of concurrent transactions in any order of their commits, so
    that the last number may stay as it is. The transaction that commits a smaller number was in
    progress before, and is not any more.

    Attributes:
        last: the number of the last message; 0 for an empty log.
        pruned_through: the number of the last message that pruning has removed.
        in_progress: the transactions that have written something and are not over; None if there
            are none, and always on SQLite, where writers take turns.
    """

    last: int
    pruned_through: int
    in_progress: str | None


def log_version(connection: Connection) -> LogVersion:
    """The version of the log that a transaction sees."""
    return LogVersion(*connection.execute(_VERSIONS[connection.dialect.name]).one())
