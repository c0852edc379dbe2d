"""What is finished and old leaves the log; what is open, dead or young stays there."""

from collections.abc import Callable

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.domain.errors import UnknownBatch, UnknownLine
from allocation.domain.events import (
    AllocationRequired,
    OrderLineCancelled,
    OrderLineShipped,
    OutOfStock,
)
from allocation.messaging.log import Status
from tests.support.builders import SKU, a_batch_created, a_new_quantity, an_allocation
from tests.support.groups import an_entry, write
from tests.support.stock_harness import KEEP, StockHarness

A_WEEK = KEEP.days


@pytest.fixture
def harness(database: Database) -> StockHarness:
    return StockHarness(database)


def prune_later(harness: StockHarness) -> None:
    harness.life_goes_on()
    harness.prune()
    assert harness.discrepancies == []


def test_old_finished_messages_are_removed_and_their_totals_are_kept(harness: StockHarness) -> None:
    harness.handle(a_batch_created(qty=100), an_allocation(qty=30), a_new_quantity(20))
    harness.handle(a_new_quantity(90))
    harness.carry_mails()
    new = harness.life_goes_on()
    left = ("batch", "order", "promise", "20", "off", "again", "mail", "90")
    facts = ("lost", "promise lost", "in stock", "adjusted", "adjusted", "moved", "promised")
    digests = ("of the loss", "of the shortage", "of the move")
    assert harness.prune() == len(left) + len(facts) + len(digests)
    assert harness.log == [new]
    assert harness.opening_balances == {"batch-1": (90, 30)}
    assert harness.discrepancies == []


def test_refused_messages_are_removed_without_changing_the_totals(harness: StockHarness) -> None:
    [answer] = harness.handle(a_new_quantity(5, "no-such"))
    assert isinstance(answer.error, UnknownBatch)
    new = harness.life_goes_on()
    assert harness.prune() == 1
    assert (harness.log, harness.opening_balances) == ([new], {})


def test_a_message_exactly_as_old_as_the_time_to_keep_stays(harness: StockHarness) -> None:
    harness.repeatable(a_batch_created(), "old")
    harness.clock.go_on(seconds=1)
    harness.repeatable(an_allocation(), "just-in-time")
    new = harness.life_goes_on(days=A_WEEK - 1)
    assert harness.prune() == 1
    assert harness.log[0] == "just-in-time"
    harness.clock.go_on(seconds=1)
    assert harness.prune() == 2
    assert harness.log == [new]


def test_a_young_message_among_old_ones_stays(harness: StockHarness) -> None:
    """The clocks of several processes are not the same."""
    harness.repeatable(a_batch_created(), "old")
    harness.days_pass(3)
    harness.repeatable(an_allocation(), "ahead")
    harness.days_pass(-3)
    harness.handle(*(a_batch_created(f"b{n}") for n in range(6)))
    young, new = harness.chain("ahead"), harness.life_goes_on()
    assert harness.prune() == 1 + 6
    assert harness.log == [*young, new]


def test_a_message_that_comes_again_within_the_time_is_recognised(harness: StockHarness) -> None:
    harness.repeatable(a_batch_created(qty=100), "batch")
    harness.life_goes_on(days=1)
    harness.repeatable(a_new_quantity(50), "correction")
    harness.repeatable(a_new_quantity(60), "another")
    harness.life_goes_on(days=A_WEEK - 1)
    assert harness.prune() == 2
    before = harness.log
    answer = harness.repeatable(a_new_quantity(50), "correction")
    assert (answer.repeated, answer.error, harness.log) == (True, None, before)
    harness.clock.go_on(seconds=1)
    harness.prune()
    assert not harness.repeatable(a_new_quantity(50), "correction").repeated, "it is forgotten"
    assert harness.discrepancies == []


def an_unsent_mail(harness: StockHarness) -> None:
    harness.repeatable(an_allocation(qty=200), "chain")


def a_dead_letter(harness: StockHarness) -> None:
    an_unsent_mail(harness)
    harness.carry_mails(well=False)


def a_pending_follow_up(harness: StockHarness) -> None:
    harness.handle(an_allocation(qty=200))
    harness.carry_mails()
    harness.begin(a_batch_created("batch-2", qty=200), "chain")


def discarded(harness: StockHarness) -> None:
    [letter] = [id for id, status in harness.statuses.items() if status == "dead"]
    harness.dead_letters.discard(letter)


def replayed(harness: StockHarness) -> None:
    assert list(harness.dead_letters.replay_all()) == [1]
    assert harness.prune() == 0, "it is open again"
    harness.carry_mails()


@pytest.mark.parametrize(
    ("left_open", "status", "finished"),
    [
        (an_unsent_mail, "outgoing", StockHarness.carry_mails),
        (a_dead_letter, "dead", discarded),
        (a_dead_letter, "dead", replayed),
        (a_pending_follow_up, "pending", lambda harness: harness.processor.recover()),
    ],
)
def test_no_message_of_an_open_chain_is_removed_until_the_chain_is_finished(
    harness: StockHarness,
    left_open: Callable[[StockHarness], None],
    status: str,
    finished: Callable[[StockHarness], object],
) -> None:
    harness.handle(a_batch_created(qty=100))
    left_open(harness)
    chain = harness.chain("chain")
    assert harness.statuses[chain[-1]] == status
    harness.handle(a_batch_created("other", sku="TABLE"), an_allocation("order-2", sku="TABLE"))
    new = harness.life_goes_on()
    assert harness.prune() >= 3
    assert harness.log == [*chain, new]
    assert harness.discrepancies == []
    finished(harness)
    late = harness.log[len(chain) + 1 :]  # what the end of it has left in the log is young
    assert harness.prune() == len(chain)
    assert harness.log == [new, *late]
    assert harness.discrepancies == []


def test_the_last_message_stays_so_that_its_number_is_not_given_again(
    harness: StockHarness,
) -> None:
    harness.handle(an_allocation(sku="NONE"))  # refused
    harness.handle(a_batch_created(qty=100))
    an_unsent_mail(harness)
    harness.handle(a_new_quantity(90), a_new_quantity(80))
    last = harness.log[-1]
    for _ in range(3):
        harness.days_pass()
        harness.prune()
        assert harness.log[-1] == last
    harness.handle(a_new_quantity(70))
    assert harness.discrepancies == []


class TestClock:
    """Age is what the clock says, and clocks jump."""

    def jumped_ahead(self, harness: StockHarness) -> None:
        """Ten years, between six messages and the next one."""
        harness.handle(*(a_batch_created(f"b{n}") for n in range(6)))
        harness.days_pass(3650)
        assert harness.prune() == 0
        assert not harness.retention.believes_the_clock(KEEP)
        harness.handle(a_batch_created("since"))

    def test_that_has_jumped_ahead_is_not_believed_for_what_has_come_since_either(
        self, harness: StockHarness
    ) -> None:
        self.jumped_ahead(harness)
        harness.clock.go_on(seconds=11 * 3600)
        harness.handle(a_batch_created("later"))
        assert harness.prune() == 0
        harness.days_pass(-3650)
        harness.handle(a_batch_created("put-right"))
        assert harness.prune() == 0
        assert len(harness.log) == 9

    def test_is_believed_when_it_has_run_for_half_a_day(self, harness: StockHarness) -> None:
        self.jumped_ahead(harness)
        harness.clock.go_on(seconds=12 * 3600)
        assert harness.retention.believes_the_clock(KEEP)
        assert harness.prune() == 6

    def test_that_was_ahead_leaves_nothing_that_stays_for_ever(self, harness: StockHarness) -> None:
        """And what is behind it is found by halving as if it was not there."""
        harness.handle(*(a_batch_created(f"b{n}") for n in range(3)))
        harness.days_pass(3650)
        harness.handle(*(a_batch_created(f"ahead{n}") for n in range(20)))
        harness.days_pass(-3650)
        harness.handle(*(a_batch_created(f"c{n}") for n in range(3)))
        new = harness.life_goes_on()
        assert harness.prune() == 26
        assert harness.log == [new]
        assert harness.discrepancies == []

    def test_that_was_ahead_takes_nothing_that_is_young(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created("old"))
        harness.days_pass(8)
        harness.days_pass(3650)
        harness.repeatable(a_batch_created("ahead"), "ahead")
        harness.days_pass(-3650)
        new = harness.life_goes_on(days=0)
        assert harness.prune() == 1
        assert harness.log == ["ahead", new]

    def test_of_an_empty_log_is_no_matter(self, harness: StockHarness) -> None:
        assert harness.retention.believes_the_clock(KEEP)
        assert harness.prune() == 0


def test_a_correction_may_leave_before_an_older_one_of_the_same_batch(
    harness: StockHarness,
) -> None:
    harness.handle(a_batch_created(qty=100), an_allocation(qty=80))
    harness.repeatable(a_new_quantity(50), "older")  # and the mail about it is not carried
    harness.repeatable(a_new_quantity(60), "younger")  # and nothing is to be told
    harness.life_goes_on()
    harness.prune()
    assert "older" in harness.log
    assert "younger" not in harness.log
    assert harness.discrepancies == []
    harness.carry_mails()
    harness.prune()
    assert "older" not in harness.log
    assert harness.discrepancies == []
    assert harness.opening_balances["batch-1"] == (60, 0)


def test_a_batch_may_be_announced_again_when_its_announcement_has_been_removed(
    harness: StockHarness,
) -> None:
    harness.repeatable(a_batch_created(qty=100), "announced")
    harness.handle(a_new_quantity(60))
    harness.life_goes_on()
    harness.prune()
    for id in ("announced", "again"):
        answer = harness.repeatable(a_batch_created(qty=100), id)
        assert (answer.result, answer.repeated) == ("batch-1", False)
        assert harness.discrepancies == []
    prune_later(harness)
    assert harness.opening_balances["batch-1"] == (60, 0)


def test_a_repeated_announcement_may_leave_before_the_first_one(harness: StockHarness) -> None:
    harness.handle(a_batch_created("tiny", qty=1), an_allocation(qty=100))
    harness.carry_mails()
    # The follow-ups for the waiting order are dead letters: the chains are open, and block nothing.
    for message, id in (
        (a_batch_created(qty=200), "announced"),
        (a_new_quantity(150), "correction"),
    ):
        harness.begin(message, id)
        harness.tamper("UPDATE messages SET status = 'dead' WHERE status = 'pending'")
    harness.begin(a_batch_created(qty=200), "again")
    harness.life_goes_on()
    harness.prune()
    assert {"announced", "correction"} < set(harness.log)
    assert "again" not in harness.log
    assert harness.discrepancies == []
    assert sum(harness.dead_letters.replay_all()) == 2
    harness.processor.recover()
    prune_later(harness)
    assert harness.opening_balances["batch-1"] == (150, 100)


def test_messages_that_have_to_stay_are_examined_in_small_portions(harness: StockHarness) -> None:
    """However much of it there is, nobody waits for long; and what stands behind it leaves."""
    dead = (
        an_entry(OutOfStock("X"), f"dead-{n}", Status.DEAD, at=harness.clock.now)
        for n in range(6000)
    )
    write(harness.store, *dead)
    harness.handle(*(a_batch_created(f"b{n}") for n in range(3)))
    harness.life_goes_on()
    assert list(harness.retention.prune(KEEP)) == [0, 0, 3]


class TestClosedLines:
    """What is shipped or cancelled leaves the tables with the last that the log has of it."""

    def lines(self, harness: StockHarness) -> list[tuple[str, str, int]]:
        asked = "SELECT orderid, state, qty FROM order_lines ORDER BY 1, 2, 3"
        return [tuple(row) for row in harness.rows(asked)]

    def test_leave(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created(qty=25))
        harness.handle(*(an_allocation(id) for id in ("ships", "open", "waits", "goes")))
        harness.handle(OrderLineShipped("ships", SKU), OrderLineCancelled("goes", SKU))
        prune_later(harness)
        assert self.lines(harness) == [("open", "allocated", 10), ("waits", "waiting", 10)]

    def test_stay_as_long_as_a_unit_is_open(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created(qty=6), AllocationRequired("o1", SKU, 10, split=True))
        harness.handle(OrderLineShipped("o1", SKU))
        prune_later(harness)
        assert self.lines(harness) == [("o1", "shipped", 6), ("o1", "waiting", 4)]
        harness.handle(OrderLineCancelled("o1", SKU))
        harness.carry_mails()  # until then, the chain of its acceptance stays in the log
        prune_later(harness)
        assert self.lines(harness) == []

    def test_stay_as_long_as_the_log_tells_of_them(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created(), AllocationRequired("o1", SKU, 10, split=True))
        harness.handle(OrderLineShipped("o1", SKU, 4))
        harness.days_pass()
        harness.handle(OrderLineShipped("o1", SKU, 6))
        harness.days_pass(1)
        assert harness.prune() > 0
        assert self.lines(harness) == [("o1", "shipped", 10)]
        prune_later(harness)
        assert self.lines(harness) == []

    def test_are_told_apart_by_sku_and_name(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created(), a_batch_created("other", sku="MILK"))
        harness.handle(
            *(AllocationRequired("o1", SKU, qty, name) for qty, name in ((1, None), (2, "second"))),
            AllocationRequired("o1", "MILK", 3),
        )
        harness.handle(OrderLineShipped("o1", SKU, line="second"))
        prune_later(harness)
        assert self.lines(harness) == [("o1", "allocated", 1), ("o1", "allocated", 3)]

    def test_are_new_when_they_are_announced_again(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created(), an_allocation(), OrderLineShipped("order-1", SKU))
        prune_later(harness)
        [unknown] = harness.handle(OrderLineShipped("order-1", SKU))
        assert isinstance(unknown.error, UnknownLine)
        [answer] = harness.handle(an_allocation())
        assert answer.result == "batch-1"
        assert self.lines(harness) == [("order-1", "allocated", 10)]
        assert harness.discrepancies == []
        prune_later(harness)

    def test_leave_their_batch_and_its_reference(self, harness: StockHarness) -> None:
        harness.handle(a_batch_created(qty=10), an_allocation(), OrderLineShipped("order-1", SKU))
        prune_later(harness)
        assert harness.rows(
            "SELECT reference, purchased_quantity FROM batches WHERE sku <> 'DAILY'"
        ) == [("batch-1", 0)]

    def test_make_tables_that_do_not_grow(self, harness: StockHarness) -> None:
        sizes = set()
        for year in range(4):
            orders = [f"{year}-{n}" for n in range(50)]
            harness.handle(a_batch_created(f"of-{year}", qty=500))
            harness.handle(*(an_allocation(id) for id in orders))
            harness.handle(*(OrderLineShipped(id, SKU) for id in orders))
            prune_later(harness)
            sizes.add((len(self.lines(harness)), len(harness.log)))
        assert len(sizes) == 1
