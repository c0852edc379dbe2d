"""Whatever has happened, and whenever the log was pruned: the audit finds nothing."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.errors import Refusal
from allocation.domain.events import Event
from allocation.service_layer import messagebus
from tests.support.builders import SKU, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness


class History:
    """What may happen in a shop, in an order that follows from a seed."""

    def __init__(self, harness: StockHarness, seed: int) -> None:
        self.harness = harness
        self.rng = random.Random(seed)
        self.messages: list[Event] = [a_batch_created("b0", 5)]
        harness.repeatable(self.messages[0], "key-0")

    def goes_on(self) -> None:
        acts: tuple[Callable[[], object], ...] = (
            *(self.handle_something,) * 8,
            *(self.begin_something,) * 3,
            *(self.handle_something_alone,) * 2,
            self.repeat_something,
            self.harness.processor.recover,
            self.harness.carry_mails,
            self.let_a_mail_die,
            self.replay,
            lambda: self.harness.days_pass(self.rng.choice((0.1, 3, 9))),
            self.harness.prune,
        )
        self.rng.choice(acts)()

    def something(self) -> tuple[Event, str]:
        qty, ref = self.rng.randint(1, 20), f"b{self.rng.randint(0, 4)}"
        sku = self.rng.choice((SKU, SKU, "OTHER"))
        self.messages.append(
            self.rng.choice(
                (
                    a_batch_created(ref, 10, sku=SKU if ref < "b3" else "OTHER"),
                    an_allocation(f"o{self.rng.randint(1, 40)}", qty % 7 + 1, sku),
                    an_allocation(f"o{self.rng.randint(1, 40)}", qty % 7 + 1, sku),
                    a_new_quantity(qty, ref),
                )
            )
        )
        return self.messages[-1], f"key-{len(self.messages) - 1}"

    def handle_something(self) -> None:
        self.harness.repeatable(*self.something())

    def begin_something(self) -> None:
        self.harness.begin(*self.something())

    def handle_something_alone(self) -> None:
        """By the chapter's bus: of this nothing is in the log."""
        with suppress(Refusal):
            messagebus.handle(self.something()[0], SqlAlchemyUnitOfWork(self.harness.database))

    def repeat_something(self) -> None:
        number = self.rng.randrange(len(self.messages))
        self.harness.repeatable(self.messages[number], f"key-{number}")

    def let_a_mail_die(self) -> None:
        self.harness.processor.recover()
        self.harness.carry_mails(well=False)

    def replay(self) -> None:
        list(self.harness.dead_letters.replay_all())


@pytest.mark.parametrize("seed", range(6))
def test_the_log_explains_every_quantity_after_a_random_history(
    database: Database, seed: int
) -> None:
    harness = StockHarness(database)
    history, pruned = History(harness, seed), 0
    for _ in range(12):
        for _ in range(10):
            history.goes_on()
        assert harness.discrepancies == []
        harness.days_pass(2)
        pruned += harness.prune()
        assert harness.discrepancies == []
    assert pruned > 20
