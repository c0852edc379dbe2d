"""The composition root: assembles the application, for production and tests alike."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from allocation.adapters import email
from allocation.adapters.ids import new_id
from allocation.adapters.sql import migrate
from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.backups import backup
from allocation.adapters.sql.backups.copies import Progress
from allocation.adapters.sql.engine.checkpoint import checkpoint
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.read_only import query_read_only
from allocation.adapters.sql.message_log.retention import Retention
from allocation.adapters.sql.probe import Probe
from allocation.adapters.sql.stock.ledger import LedgerReader
from allocation.adapters.sql.store import SqlStore
from allocation.config import EmailSettings, LimitSettings, Settings
from allocation.domain import events
from allocation.domain.errors import Refusal
from allocation.domain.events import Event
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.validation import known_as
from allocation.messaging.bus import MessageBus
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.deliveries import Destination
from allocation.messaging.group import ProcessorConfig
from allocation.messaging.log import Answer, Clock
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.registry import (
    Incoming,
    MessageType,
    Outcome,
    Registry,
    Reply,
    ReplyBody,
    body_types,
)
from allocation.messaging.retry import RetryPolicy
from allocation.messaging.semaphore import WeightedSemaphore
from allocation.messaging.worker import Worker
from allocation.service_layer.messagebus import REGISTRY
from allocation.service_layer.replies import Moves, link_to_moves
from allocation.views import FactNames, LogViews, Views

if TYPE_CHECKING:
    from allocation.adapters.sql.backups.restore import Restored

__all__ = [
    "Answer",
    "Application",
    "Clock",
    "Incoming",
    "MessageType",
    "Moves",
    "Outcome",
    "Queries",
    "Registry",
    "ReplyBody",
    "WeightedSemaphore",
    "Worker",
    "back_up",
    "body_types",
    "bootstrap",
    "link_to_moves",
    "now",
    "restore",
    "run_query",
    "upgrade",
]

T = TypeVar("T")

EVENTS: Final = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event)
    if kind is not Event and not kind.__name__.startswith("_")
]
"""The events that the domain defines."""


now: Final[Clock] = partial(datetime.now, UTC)
"""Returns the current time, in UTC."""


@dataclass(frozen=True)
class Application:
    """The assembled application."""

    registry: Registry
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
    """How long finished messages stay in the log; None means for ever."""
    mail_missing: str | None
    """Why e-mail cannot be sent; None if it can."""
    probe: Probe
    limits: LimitSettings
    """Limits on the clients of a server."""

    def handle(self, event: Event, id: str | None = None) -> Answer:
        """Handle an event and its follow-ups in the database."""
        return self.processor.process([self.processor.envelope(event, id)])[0]

    def handle_all(self, events: Iterable[Event]) -> list[Answer]:
        """Handle events in order; return an answer for each."""
        return self.processor.process(self.processor.envelopes(events))

    def present(self, incoming: Incoming[Any], event: Event, answer: Answer) -> Reply:
        """The reply to whoever sent an event.

        Raises:
            Exception: the refusal or the failure, if there was one.
        """
        result = answer.result
        moves = self.views.moves.summary(answer.id) if incoming.reads_facts else None
        return incoming.present(event, result, moves)

    def worker(self) -> Worker:
        """Make the worker of a server, which runs the processor and relay on an event loop."""
        after_write = partial(checkpoint, self.database) if self.database.is_sqlite else None
        return Worker(
            self.processor, self.relay, maintenance=self._maintenance, after_write=after_write
        )

    def _maintenance(self) -> Iterator[object]:
        """Correct due times set by a clock that was ahead, and prune the log."""
        self.relay.put_right()
        yield None
        if self.keep is not None:
            # Do not wait for another server's pruning: that process may be suspended.
            for step in self.retention.prune(self.keep, patient=False):
                yield step
                self.relay.put_right()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def bootstrap(  # noqa: PLR0913 - whatever a test or another application exchanges
    settings: Settings,
    *,
    create: bool = True,
    store: Store | None = None,
    clock: Clock = now,
    max_group_size: int = 256,
    retries: RetryPolicy | None = None,
    registry: Registry = REGISTRY,
    policies: Policies = STANDARD,
) -> Application:
    """Assemble the application on a database, and create the tables in an empty one.

    Without `create`, a SQLite file must exist. Products decide by `policies`, unless a `store`
    is given.

    Raises:
        RegistryError: an event has no entry in the registry.
        SchemaError: the database has tables, but not those of this version.
        StoreUnavailable: the database cannot be reached.
        NoSuchDatabase: the file or its directory does not exist.
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's.
        UnsupportedSQLite: Python's own SQLite library is in use, and too old.
    """
    registry.check(EVENTS)
    database = Database(settings.database_url, create=create)
    migrate.prepare(database)
    store = store if store is not None else SqlStore(database, registry, policies)
    retries = retries or RetryPolicy()
    bus = MessageBus(registry.transactional)
    config = ProcessorConfig(
        registry,
        bus,
        (Refusal,),
        clock,
        new_id,
        max_group_size=max_group_size,
        retries=retries,
        max_depth=settings.max_depth,
    )
    return Application(
        registry,
        database,
        store,
        Processor(store, config),
        OutboxRelay(store, _destinations(registry, settings.email), clock=clock, retries=retries),
        DeadLetters(store, registry, clock, new_id, retries, known_as),
        _views(database, registry),
        LogViews(database),
        Audit(database, registry),
        Retention(database, clock, retries, LedgerReader(registry).keep_totals),
        None if settings.keep_days is None else timedelta(days=settings.keep_days),
        settings.email.missing,
        Probe(database),
        settings.limits,
    )


def _destinations(registry: Registry, settings: EmailSettings) -> list[Destination]:
    """The destinations outside the database: mail, according to these settings."""
    mailer = email.Mailer(settings)
    outbox = registry.outbox.items()
    return [Destination("mail", {kind: mailer.handler(handle) for kind, [handle] in outbox})]


@dataclass(frozen=True)
class Queries:
    """The queries of read-only commands."""

    views: Views
    log_views: LogViews
    audit: Audit


def run_query(settings: Settings, query: Callable[[Queries], T]) -> T:
    """Run queries that change nothing and wait for no lock; return their result.

    They may run twice: if another process starts to write to the SQLite file meanwhile.

    Raises:
        SchemaError: the database does not have the tables of this version.
        StoreUnavailable: the database cannot be reached.
        NoSuchDatabase: the file or its directory does not exist.
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's.
    """
    return query_read_only(settings.database_url, lambda database: query(_queries(database)))


def _queries(database: Database) -> Queries:
    migrate.check(database)
    return Queries(_views(database, REGISTRY), LogViews(database), Audit(database, REGISTRY))


def _views(database: Database, registry: Registry) -> Views:
    names = FactNames(registry.name_of(events.Allocated), registry.name_of(events.Deallocated))
    return Views(database, names)


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
        Exception: those of `adapters.sql.backup`.
    """
    return backup.back_up(settings.database_url, target, progress)


def restore(settings: Settings, source: Path, progress: Progress) -> "Restored":
    """Replace the database with a verified copy of a backup; keep the old one beside it.

    Raises:
        Exception: those of `adapters.sql.restore`.
    """
    from allocation.adapters.sql.backups import restore as restoring  # noqa: PLC0415 - not on every system

    return restoring.restore(settings.database_url, source, progress)
