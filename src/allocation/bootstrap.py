"""The composition root: the one place that knows every part, for production and tests."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from allocation.adapters import codec, email
from allocation.adapters.ids import new_id
from allocation.adapters.sql import migrate
from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.backups import backup
from allocation.adapters.sql.backups.copies import Progress
from allocation.adapters.sql.engine.checkpoint import checkpoint
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.read_only import look_at
from allocation.adapters.sql.message_log.retention import Retention
from allocation.adapters.sql.probe import Probe
from allocation.adapters.sql.store import SqlStore
from allocation.config import EmailSettings, LimitSettings, Settings
from allocation.domain.errors import Refusal
from allocation.domain.events import Event
from allocation.domain.validation import known_as
from allocation.messaging.bus import Handlers, MessageBus
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.envelope import Clock
from allocation.messaging.group import ProcessorConfig
from allocation.messaging.log import Answer
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.retry import RetryPolicy
from allocation.messaging.semaphore import WeightedSemaphore
from allocation.messaging.worker import Worker
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import LogViews, Views

if TYPE_CHECKING:
    from allocation.adapters.sql.backups.restore import Restored

__all__ = [
    "Answer",
    "Application",
    "Clock",
    "Queries",
    "WeightedSemaphore",
    "Worker",
    "back_up",
    "bootstrap",
    "look",
    "now",
    "restore",
    "upgrade",
]

T = TypeVar("T")


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Application:
    """The parts, put together."""

    database: Database
    store: Store
    processor: Processor
    relay: OutboxRelay
    dead_letters: DeadLetters
    views: Views
    log_views: LogViews
    audit: Audit
    retention: Retention
    keep: timedelta | None
    """How long what is finished stays in the log; None is for ever."""
    mail_missing: str | None
    """Why no mail can be sent; None where it can."""
    probe: Probe
    limits: LimitSettings
    """What the clients of a server may hold of it."""

    def handle(self, event: Event, id: str | None = None) -> Answer:
        """Handle an event and all that follows from it inside the database."""
        return self.processor.process([self.processor.envelope(event, id)])[0]

    def handle_all(self, events: Iterable[Event]) -> list[Answer]:
        """Handle events in their order; one answer for each."""
        return self.processor.process(self.processor.envelopes(events))

    def worker(self) -> Worker:
        """What runs the parts in an event loop, for a server."""
        after_write = partial(checkpoint, self.database) if self.database.is_sqlite else None
        return Worker(
            self.processor, self.relay, maintenance=self._maintenance, after_write=after_write
        )

    def _maintenance(self) -> Iterator[object]:
        """Put right what a clock that was ahead has put off, and prune the log."""
        self.relay.put_right()
        yield None
        if self.keep is not None:
            # Nobody waits for another server's pruning, which may have been stopped in the middle.
            for step in self.retention.prune(self.keep, patient=False):
                yield step
                self.relay.put_right()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def bootstrap(
    settings: Settings,
    *,
    create: bool = True,
    store: Store | None = None,
    clock: Clock = now,
    max_group_size: int = 256,
    retries: RetryPolicy | None = None,
) -> Application:
    """Put the application together on a database that is ready for it.

    Without `create`, a SQLite file must be there; an empty database is given its tables.

    Raises:
        RegistryError: a message without a handler, or a handler without a message.
        SchemaError: the database has tables, but not the ones of this version.
        StoreUnavailable: the database cannot be reached.
        NoSuchDatabase: there is no such file, or no folder for it.
        UnsupportedDatabase: it is neither SQLite nor PostgreSQL.
        UnsupportedSQLite: Python's own SQLite is used, and too old.
    """
    REGISTRY.check(codec.MESSAGES.values())
    database = Database(settings.database_url, create=create)
    migrate.prepare(database)
    kept: Store = store if store is not None else SqlStore(database)
    again = retries or RetryPolicy()
    bus = MessageBus(REGISTRY.transactional)
    config = ProcessorConfig(
        REGISTRY,
        bus,
        (Refusal,),
        clock,
        new_id,
        max_group_size=max_group_size,
        retries=again,
        max_depth=settings.max_depth,
    )
    return Application(
        database,
        kept,
        Processor(kept, config),
        OutboxRelay(kept, MessageBus(_outside(settings.email)), clock=clock, retries=again),
        DeadLetters(kept, REGISTRY, clock, new_id, again, known_as),
        Views(database),
        LogViews(database),
        Audit(database),
        Retention(database, clock, again),
        None if settings.keep_days is None else timedelta(days=settings.keep_days),
        settings.email.missing,
        Probe(database),
        settings.limits,
    )


def _outside(settings: EmailSettings) -> Handlers:
    """The handlers outside; what they send goes where the settings say."""
    using = email.using(settings)
    outbox = REGISTRY.outbox.items()
    return {kind: [using(handler) for handler in handlers] for kind, handlers in outbox}


@dataclass(frozen=True)
class Queries:
    """What can be asked of a database that is only looked at."""

    views: Views
    log_views: LogViews
    audit: Audit


def look(settings: Settings, query: Callable[[Queries], T]) -> T:
    """What is found when these questions are asked, which change nothing and wait for nobody.

    They may be asked twice: when somebody begins to write while a file at rest is read.

    Raises:
        SchemaError: the database does not have the tables of this version.
        StoreUnavailable: the database cannot be reached.
        NoSuchDatabase: there is no such file, or no folder for it.
        UnsupportedDatabase: it is neither SQLite nor PostgreSQL.
    """
    return look_at(settings.database_url, lambda database: query(_queries(database)))


def _queries(database: Database) -> Queries:
    migrate.check(database)
    return Queries(Views(database), LogViews(database), Audit(database))


def upgrade(settings: Settings) -> str:
    """Bring the database's tables up to this version, and tell which that is.

    Raises:
        SchemaError: the database is not ours, or newer than this program.
        StoreUnavailable: the database cannot be reached.
    """
    database = Database(settings.database_url)
    try:
        migrate.upgrade(database)
        return migrate.HEAD
    finally:
        database.close()


def back_up(settings: Settings, target: Path, progress: Progress) -> str:
    """Make a whole, verified copy of the database at this path; the revision of its tables.

    Raises:
        Exception: those of `adapters.sql.backup`.
    """
    return backup.back_up(settings.database_url, target, progress)


def restore(settings: Settings, source: Path, progress: Progress) -> "Restored":
    """Put a verified copy of a backup in the place of the database, which is kept beside it.

    Raises:
        Exception: those of `adapters.sql.restore`.
    """
    from allocation.adapters.sql.backups import restore as restoring  # noqa: PLC0415 - not on every system

    return restoring.restore(settings.database_url, source, progress)
