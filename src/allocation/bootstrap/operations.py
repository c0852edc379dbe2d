"""Operations on a database that need no application: queries, migration, backup."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from allocation.access.keys import AccessKey
from allocation.adapters.dates import current_date_in
from allocation.adapters.sql import migrate
from allocation.adapters.sql.access.key_store import read_keys
from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.backups import backup
from allocation.adapters.sql.backups.copies import Progress
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.read_only import query_read_only
from allocation.config import Settings
from allocation.domain import events
from allocation.messaging.registry import Registry
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import FactNames, LogViews, Views
from allocation.views.exports import ExportViews

if TYPE_CHECKING:
    from allocation.adapters.sql.backups.restore import Restored

T = TypeVar("T")


@dataclass(frozen=True)
class Queries:
    """The queries of read-only commands."""

    views: Views
    log_views: LogViews
    audit: Audit
    exports: ExportViews
    today: Callable[[], date]
    """Returns the date now, in the application's timezone."""
    keys: Callable[[], list[AccessKey]]
    """Returns every access key."""
    database: str
    """The URL of the database without the password."""


def run_query(settings: Settings, query: Callable[[Queries], T]) -> T:
    """Run queries that change nothing and wait for no lock; return their result.

    They may run twice, if another process starts to write to the SQLite file in the meantime.

    Raises:
        SchemaError: the database does not have the tables of this version.
        StoreUnavailable: the database cannot be reached.
        NoSuchDatabase: the file or its directory does not exist.
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's.
    """
    return query_read_only(
        settings.database_url, lambda database: query(queries_of(database, settings))
    )


def queries_of(database: Database, settings: Settings) -> Queries:
    """The queries on an open database.

    Raises:
        SchemaError: the database does not have the tables of this version.
        StoreUnavailable: the database cannot be reached.
    """
    migrate.check(database)
    today = current_date_in(settings.timezone)
    views = views_of(database, REGISTRY, split_lines=settings.split_lines)
    audit, exports = Audit(database, REGISTRY), ExportViews(database)
    keys = partial(read_keys, database)
    return Queries(views, LogViews(database), audit, exports, today, keys, database.name)


def views_of(database: Database, registry: Registry, *, split_lines: bool = False) -> Views:
    """The views of a database whose log names facts as this registry does."""
    facts = (events.Allocated, events.Deallocated, events.PromiseChanged)
    names = FactNames(*map(registry.name_of, facts))
    verbs = {name: entry.as_incoming.verb for name, entry in registry.incoming.items()}
    return Views(database, names, verbs, split_lines=split_lines)


def upgrade(settings: Settings) -> str:
    """Migrate the database's tables to this version; return the revision.

    Raises:
        SchemaError: the database is not this program's, or newer than it.
        StoreUnavailable: the database cannot be reached.
    """
    database = Database(settings.database_url)
    try:
        migrate.upgrade(database)
        return migrate.HEAD
    finally:
        database.close()


def back_up(settings: Settings, target: Path, progress: Progress) -> str:
    """Make a verified copy of the database at a new path; return the revision of its tables.

    Raises:
        Exception: the errors of `adapters.sql.backups.backup.back_up`.
    """
    return backup.back_up(settings.database_url, target, progress)


def restore(settings: Settings, source: Path, progress: Progress) -> "Restored":
    """Replace the database with a verified copy of a backup; keep the old one in its directory.

    Raises:
        Exception: the errors of `adapters.sql.backups.restore.restore`.
    """
    from allocation.adapters.sql.backups import restore as restoring  # noqa: PLC0415 - not on every system

    return restoring.restore(settings.database_url, source, progress)
