"""The assembled application, as the entry points use it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import partial
from typing import Any

from allocation.access.sessions import StoredAccess
from allocation.adapters.sql.access.key_store import KeyStore, read_keys
from allocation.adapters.sql.access.session_store import SessionStore, read_sessions
from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.checkpoint import checkpoint
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.retention import Retention
from allocation.adapters.sql.probe import Probe
from allocation.bootstrap.overdue import OverdueShipments
from allocation.config import LimitSettings
from allocation.domain.events import Event
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.dry_runs import DryAnswer
from allocation.messaging.log import Answer, Clock
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.registry import Incoming, Registry, Reply
from allocation.messaging.sync_bridge import run_sync
from allocation.messaging.worker import Worker
from allocation.service_layer import dry_replies
from allocation.service_layer.needs import Prefetch
from allocation.views import FeedPortion, FeedProgress, LogViews, Views


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
    """The time for which finished messages stay in the log; None means for ever."""
    mail_missing: str | None
    """Why e-mail cannot be sent; None if it can."""
    probe: Probe
    limits: LimitSettings
    """Limits on the clients of a server."""
    today: Callable[[], date]
    """Returns the date now, in the application's timezone."""
    overdue: OverdueShipments
    keys: KeyStore
    sessions: SessionStore
    clock: Clock
    timezone: tzinfo
    """The application's timezone, in which its days begin."""

    def handle(self, event: Event, id: str | None = None, *, sender: str | None = None) -> Answer:
        """Handle an event and its follow-ups in the database.

        `id` is the idempotency key; `sender` is recorded with the message.
        """
        return self.processor.process([self.processor.envelope(event, id, sender=sender)])[0]

    def handle_all(
        self,
        events: Iterable[Event],
        submission: str | None = None,
        ids: Iterable[str] | None = None,
        *,
        sender: str | None = None,
    ) -> list[Answer]:
        """Handle events in order; return an answer for each.

        `submission` is the id of a submission in several parts, such as a file; the caller ends it
        by `relay.end_submission`. `ids` are the idempotency keys, one for each event. `sender` is
        recorded with each message.
        """
        return self.processor.process(self.processor.envelopes(events, submission, ids, sender))

    def dry_run(
        self, events: Iterable[Event], id: str | None = None, ids: Iterable[str] | None = None
    ) -> list[DryAnswer]:
        """What events would come to, in order.

        `id` is the idempotency key of a single one; `ids` are the keys, one for each event.
        """
        ids = ids if id is None else [id]
        return self.processor.dry_run(self.processor.envelopes(events, ids=ids))

    def present(self, incoming: Incoming[Any], event: Event, answer: Answer) -> Reply:
        """The reply to the sender of an event.

        Raises:
            Exception: the refusal or the failure, if there was one.
        """
        result = answer.result
        moves = self.views.moves.summary(answer.id) if incoming.reads_facts else None
        return incoming.present(event, result, moves)

    def present_dry_run(self, incoming: Incoming[Any], event: Event, answer: DryAnswer) -> Reply:
        """The reply to the sender of an event in a dry run.

        To an event that was handled before, it is the recorded one.

        Raises:
            Exception: the refusal or the failure, if there was one.
        """
        if answer.recorded is not None:
            return self.present(incoming, event, answer.recorded)
        return dry_replies.present(incoming, event, answer)

    def versions_for(self, event: Event) -> dict[str, int]:
        """The versions of the products that an incoming event concerns, by sku."""
        needs = Prefetch.of(self.registry.needs([event]))
        return self.views.versions.of(needs.skus, needs.refs, needs.orders)

    async def read_tail(self, after: int | None) -> tuple[FeedProgress, FeedPortion]:
        """Read the end of the feed on the event loop: see `FeedViews.tail`."""
        return await run_sync(partial(self.views.feed.tail, after))

    def worker(self) -> Worker:
        """Make the worker of a server, which runs the processor and relay on an event loop."""
        after_write = partial(checkpoint, self.database) if self.database.is_sqlite else None
        return Worker(
            self.processor, self.relay, maintenance=self._maintenance, after_write=after_write
        )

    @contextmanager
    def reading_access(self) -> Iterator[Callable[[], StoredAccess]]:
        """A function that reads all access keys and sessions, on a connection of its own.

        So it need not wait for a connection while slow readers use all of the others.
        """
        with closing(self.database.with_own_pool()) as database:
            yield lambda: StoredAccess(read_keys(database), read_sessions(database))

    def _maintenance(self) -> Iterator[object]:
        """Correct due times set by a clock that was ahead, note overdue shipments, prune."""
        self.relay.repair_due_times()
        yield None
        yield self.sessions.prune()
        yield from self.overdue.report_once_a_day()
        if self.keep is not None:
            # Do not wait for another server's pruning: that process may be suspended.
            for step in self.retention.prune(self.keep, patient=False):
                yield step
                self.relay.repair_due_times()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()
