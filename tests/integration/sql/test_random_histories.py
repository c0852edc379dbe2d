"""Whatever has happened, and whenever the log was pruned: the audit finds nothing."""

import random
from collections.abc import Callable

import pytest

from allocation.adapters.sql.database import Database
from allocation.domain.events import Event
from tests.support.builders import SKU, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_office import StockOffice


class History:
    """What may happen in a shop, in an order that follows from a seed."""

    def __init__(self, office: StockOffice, seed: int) -> None:
        self.office = office
        self.chance = random.Random(seed)
        self.said: list[Event] = [a_batch_created("b0", 5)]
        office.repeatable(self.said[0], "key-0")

    def goes_on(self) -> None:
        acts: tuple[Callable[[], object], ...] = (
            *(self.handle_something,) * 8,
            *(self.begin_something,) * 3,
            self.repeat_something,
            self.office.processor.recover,
            self.office.carry_mails,
            self.let_a_mail_die,
            self.replay,
            lambda: self.office.days_pass(self.chance.choice((0.1, 3, 9))),
            self.office.prune,
        )
        self.chance.choice(acts)()

    def something(self) -> tuple[Event, str]:
        qty, ref = self.chance.randint(1, 20), f"b{self.chance.randint(0, 4)}"
        sku = self.chance.choice((SKU, SKU, "OTHER"))
        self.said.append(
            self.chance.choice(
                (
                    a_batch_created(ref, 10, sku=SKU if ref < "b3" else "OTHER"),
                    an_allocation(f"o{self.chance.randint(1, 40)}", qty % 7 + 1, sku),
                    an_allocation(f"o{self.chance.randint(1, 40)}", qty % 7 + 1, sku),
                    a_new_quantity(qty, ref),
                )
            )
        )
        return self.said[-1], f"key-{len(self.said) - 1}"

    def handle_something(self) -> None:
        self.office.repeatable(*self.something())

    def begin_something(self) -> None:
        self.office.begin(*self.something())

    def repeat_something(self) -> None:
        number = self.chance.randrange(len(self.said))
        self.office.repeatable(self.said[number], f"key-{number}")

    def let_a_mail_die(self) -> None:
        self.office.processor.recover()
        self.office.carry_mails(well=False)

    def replay(self) -> None:
        list(self.office.dead_letters.replay_all())


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happened_every_quantity_is_explained(database: Database, seed: int) -> None:
    office = StockOffice(database)
    history, pruned = History(office, seed), 0
    for _ in range(12):
        for _ in range(10):
            history.goes_on()
        assert office.discrepancies == []
        office.days_pass(2)
        pruned += office.prune()
        assert office.discrepancies == []
    assert pruned > 20
