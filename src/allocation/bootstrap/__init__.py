"""The composition root: assembles the application, for production and tests alike."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from secrets import token_bytes
from typing import Final

from allocation.access.callers import SERVICE
from allocation.access.sessions import SessionLimits
from allocation.adapters import email
from allocation.adapters.codec import Codec
from allocation.adapters.dates import date_in
from allocation.adapters.ids import new_id
from allocation.adapters.sql import migrate
from allocation.adapters.sql.access.key_store import KeyStore
from allocation.adapters.sql.access.session_store import SessionStore
from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.retention import Retention
from allocation.adapters.sql.probe import Probe
from allocation.adapters.sql.stock.pruning import Pruning
from allocation.adapters.sql.store import SqlStore
from allocation.bootstrap.application import Application
from allocation.bootstrap.destinations import destinations
from allocation.bootstrap.digest_mails import DigestMails
from allocation.bootstrap.operations import Queries, back_up, restore, run_query, upgrade, views_of
from allocation.bootstrap.overdue import OverdueShipments
from allocation.bootstrap.states import export_state, import_state
from allocation.config import SessionSettings, Settings
from allocation.domain import events
from allocation.domain.errors import Refusal
from allocation.domain.events import Event
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.validation import normalize_name
from allocation.messaging.bus import MessageBus
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.digests import Digest
from allocation.messaging.dry_runs import MOST as MOST_IN_DRY_RUN
from allocation.messaging.dry_runs import DryAnswer
from allocation.messaging.flow import Edge, Flow, MessageKind, MessageNode, Relation
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
from allocation.service_layer.dry_replies import NotReached, dry_bodies
from allocation.service_layer.messagebus import REGISTRY
from allocation.service_layer.preconditions import unchanged_since
from allocation.service_layer.replies import Moves, Promises, link_to_moves, link_to_promises
from allocation.views import LogViews
from allocation.views.news import NewsViews
from allocation.views.overdue import OverdueViews

__all__ = [
    "MOST_IN_DRY_RUN",
    "REGISTRY",
    "Answer",
    "Application",
    "Clock",
    "DryAnswer",
    "Edge",
    "Flow",
    "Incoming",
    "MessageKind",
    "MessageNode",
    "MessageType",
    "Moves",
    "NotReached",
    "Outcome",
    "Promises",
    "Queries",
    "Registry",
    "Relation",
    "Reply",
    "ReplyBody",
    "WeightedSemaphore",
    "Worker",
    "back_up",
    "body_types",
    "bootstrap",
    "dry_bodies",
    "export_state",
    "import_state",
    "link_to_moves",
    "link_to_promises",
    "now",
    "restore",
    "run_query",
    "unchanged_since",
    "upgrade",
]

EVENTS: Final = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event)
    if kind is not Event and not kind.__name__.startswith("_")
]
"""The events that the domain defines."""


now: Final[Clock] = partial(datetime.now, UTC)
"""Returns the current time, in UTC."""


def session_limits(settings: SessionSettings) -> SessionLimits:
    """How long sessions last, by the settings."""
    return SessionLimits(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.hours))


def bootstrap(  # noqa: PLR0913 - every part that a test or another application may replace
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

    Without `create`, a SQLite file must exist. `policies` are those of all products, and the
    timezone of the settings is that of `uow.today`, unless a `store` is given.

    Raises:
        RegistryError: an event has no entry in the registry, or an entry names an unknown
            destination.
        SchemaError: the database has tables, but not those of this version.
        StoreUnavailable: the database cannot be reached.
        NoSuchDatabase: the file or its directory does not exist.
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's.
        UnsupportedSQLite: Python's own SQLite library is in use, and too old.
    """
    registry.check([*EVENTS, Digest])
    policies = policies._replace(split=policies.split or settings.split_lines)
    database = Database(settings.database_url, create=create)
    codec = Codec(registry)
    types = {registry.name_of(kind): kind for kind in registry.audiences}
    news = NewsViews(database, types, codec.decode_message, codec.decode_known)
    mails = DigestMails(email.Mailer(settings.email), news, registry)
    receivers = destinations(registry, {"mail": mails.handler})
    migrate.prepare(database)
    if store is None:
        store = SqlStore(database, registry, policies, date_in(settings.timezone))
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
    processor = Processor(store, config)
    relay = OutboxRelay(
        store,
        receivers,
        clock=clock,
        retries=retries,
        audiences=set(registry.audiences.values()),
        new_id=new_id,
    )
    today_of = date_in(settings.timezone)

    def today() -> date:
        return today_of(clock())

    return Application(
        registry,
        database,
        store,
        processor,
        relay,
        DeadLetters(store, registry, clock, new_id, retries, normalize_name),
        views_of(database, registry, split_lines=policies.split),
        LogViews(database),
        Audit(database, registry),
        Retention(database, clock, retries, Pruning(registry).prepare),
        None if settings.keep_days is None else timedelta(days=settings.keep_days),
        settings.email.missing,
        Probe(database),
        settings.limits,
        today,
        OverdueShipments(OverdueViews(database), processor, relay, today, SERVICE),
        KeyStore(database, clock, token_bytes),
        SessionStore(database, clock, token_bytes, session_limits(settings.sessions)),
        clock,
        settings.timezone,
    )
