"""A shop with its log on a database: things happen, days pass, and somebody tidies up."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import text

from allocation.adapters.sql.audit import Audit, Discrepancy
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.retention import Archive, Retention
from allocation.adapters.sql.stock.pruning import Pruning
from allocation.domain.events import Event
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.deliveries import Destination
from allocation.messaging.digests import Digest
from allocation.messaging.log import Answer
from allocation.messaging.outbox import OutboxRelay
from allocation.service_layer.messagebus import REGISTRY
from tests.support.builders import a_batch_created
from tests.support.clock import Ids, VirtualClock
from tests.support.processors import AT_ONCE, BOUND, EVENLY, a_stock_processor
from tests.support.storages import sql_store

KEEP = timedelta(days=7)


@dataclass
class StockHarness:
    """The real parts on one database, with a clock that a test has in its hands."""

    database: Database
    max_group_size: int = BOUND
    clock: VirtualClock = field(default_factory=VirtualClock)
    ids: Ids = field(default_factory=Ids)

    def __post_init__(self) -> None:
        self.store = sql_store(self.database)
        self.processor = a_stock_processor(self.store, self.clock, self.max_group_size, self.ids)
        self.dead_letters = DeadLetters(self.store, REGISTRY, self.clock, self.ids, AT_ONCE)
        prepare = Pruning(REGISTRY).prepare
        self.retention = Retention(self.database, self.clock, AT_ONCE, prepare)
        self._days = count(1)

    def handle(self, *messages: Event) -> list[Answer]:
        """Have them handled, with all that follows inside the database."""
        return self.processor.process(self.processor.envelopes(messages))

    def repeatable(self, message: Event, id: str) -> Answer:
        """The same with the sender's key."""
        return self.processor.process([self.processor.envelope(message, id)])[0]

    def begin(self, message: Event, id: str) -> None:
        """Handle it but not what follows, as a process does that is killed in the middle."""
        processor = a_stock_processor(self.store, self.clock, 1, self.ids)
        processor.process_group([processor.envelope(message, id)], backlog=False)

    def days_pass(self, days: float = 8) -> None:
        """Time passes, and nothing else."""
        self.clock.go_on(seconds=timedelta(days=days).total_seconds())

    def life_goes_on(self, days: float = 8) -> str:
        """Time passes, then there is something new, and a day more passes; its id."""
        self.days_pass(days)
        id = f"day-{next(self._days)}"
        self.repeatable(a_batch_created(id, sku="DAILY"), id)
        self.days_pass(1)
        return id

    def carry_mails(self, *, well: bool = True) -> None:
        """Have the mails that are due carried; else fail until they are given up."""

        def deliver(_mail: object, _: object) -> None:
            if not well:
                raise OSError("no road")

        mail = [Destination("mail", {Digest: deliver})]
        relay = OutboxRelay(self.store, mail, clock=self.clock, backoff=EVENLY, retries=AT_ONCE)
        relay.run()
        while not well and "outgoing" in self.statuses.values():
            self.clock.go_on(seconds=EVENLY.maximum.total_seconds())
            relay.run()

    def prune(self, archive: Archive | None = None) -> int:
        """How many messages have left the log."""
        return sum(self.retention.prune(KEEP, archive))

    @property
    def discrepancies(self) -> list[Discrepancy]:
        """What the audit finds."""
        return Audit(self.database, REGISTRY).run()[1]

    @property
    def log(self) -> list[str]:
        """The ids of what is in the log, in its order."""
        return [str(id) for (id,) in self.rows("SELECT id FROM messages ORDER BY seq")]

    @property
    def statuses(self) -> dict[str, str]:
        """What has become of each message, by its id."""
        return {str(id): str(status) for id, status in self.rows("SELECT id, status FROM messages")}

    def chain(self, id: str) -> list[str]:
        """The ids of what belongs to this message, in the order of the log."""
        rows = self.rows("SELECT correlation_id, id FROM messages ORDER BY seq")
        return [str(one) for correlation_id, one in rows if correlation_id == id]

    @property
    def opening_balances(self) -> dict[str, tuple[int | None, int]]:
        """What is purchased and allocated, by batch."""
        asked = (
            "SELECT reference, announced_quantity + adjusted_quantity, allocated_quantity"
            " FROM opening_balances"
        )
        return {ref: (purchased, allocated) for ref, purchased, allocated in self.rows(asked)}

    def tamper(self, statement: str) -> None:
        """Change the database behind everybody's back."""
        with self.database.writing() as connection:
            changed = connection.execute(text(statement))
            assert changed.rowcount > 0, statement
            connection.commit()

    @property
    def somebody_waits(self) -> bool:
        """Whether somebody waits for another's lock; of SQLite nobody can tell."""
        waiting = "SELECT pid FROM pg_locks WHERE NOT granted"
        return self.database.is_sqlite or bool(self.rows(waiting))

    def rows(self, statement: str) -> list[Any]:
        """What the database answers."""
        with self.database.reading() as connection:
            return list(connection.execute(text(statement)))
