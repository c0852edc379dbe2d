"""What is finished and old leaves the log; what is open, dead or young stays there."""

from collections.abc import Callable

import pytest

from allocation.adapters.sql.database import Database
from allocation.domain.errors import UnknownBatch
from allocation.domain.events import OutOfStock
from allocation.messaging.log import Fate
from tests.support.builders import a_batch_created, a_new_quantity, an_allocation
from tests.support.groups import an_entry, write
from tests.support.stock_office import KEEP, StockOffice

A_WEEK = KEEP.days


@pytest.fixture
def office(database: Database) -> StockOffice:
    return StockOffice(database)


def test_nothing_leaves_a_log_that_is_empty(office: StockOffice) -> None:
    assert office.prune() == 0


def test_what_is_finished_and_old_leaves_and_its_sums_stay(office: StockOffice) -> None:
    office.handle(a_batch_created(qty=100), an_allocation(qty=30), a_new_quantity(20))
    office.handle(a_new_quantity(90))
    office.carry_mails()
    new = office.life_goes_on()
    assert office.prune() == len(("batch", "order", "promise", "20", "again", "mail", "90")) + 2
    assert office.log == [new]
    assert office.opening_balances == {"batch-1": (90, 30)}
    assert office.discrepancies == []


def test_what_was_refused_leaves_too_and_counts_for_nothing(office: StockOffice) -> None:
    [answer] = office.handle(a_new_quantity(5, "no-such"))
    assert isinstance(answer.error, UnknownBatch)
    new = office.life_goes_on()
    assert office.prune() == 1
    assert (office.log, office.opening_balances) == ([new], {})


def test_what_is_as_old_as_the_time_to_keep_stays(office: StockOffice) -> None:
    office.repeatable(a_batch_created(), "old")
    office.clock.go_on(seconds=1)
    office.repeatable(an_allocation(), "just-in-time")
    new = office.life_goes_on(days=A_WEEK - 1)
    assert office.prune() == 1
    assert office.log[0] == "just-in-time"
    office.clock.go_on(seconds=1)
    assert office.prune() == 2
    assert office.log == [new]


def test_what_is_young_stays_among_what_is_old(office: StockOffice) -> None:
    """The clocks of several processes are not the same."""
    office.repeatable(a_batch_created(), "old")
    office.days_pass(3)
    office.repeatable(an_allocation(), "ahead")
    office.days_pass(-3)
    office.handle(*(a_batch_created(f"b{n}") for n in range(6)))
    young, new = office.chain("ahead"), office.life_goes_on()
    assert office.prune() == 1 + 6
    assert office.log == [*young, new]


def test_what_is_finished_and_young_stays(office: StockOffice) -> None:
    office.handle(a_batch_created(), an_allocation())
    before = office.log
    office.days_pass(A_WEEK - 1)
    assert office.prune() == 0
    assert office.log == before


def test_a_message_that_comes_again_within_the_time_is_recognised(office: StockOffice) -> None:
    office.repeatable(a_batch_created(qty=100), "batch")
    office.life_goes_on(days=1)
    office.repeatable(a_new_quantity(50), "correction")
    office.repeatable(a_new_quantity(60), "another")
    office.life_goes_on(days=A_WEEK - 1)
    assert office.prune() == 2
    before = office.log
    answer = office.repeatable(a_new_quantity(50), "correction")
    assert (answer.repeated, answer.error, office.log) == (True, None, before)
    office.clock.go_on(seconds=1)
    office.prune()
    assert not office.repeatable(a_new_quantity(50), "correction").repeated, "it is forgotten"
    assert office.discrepancies == []


def an_unsent_mail(office: StockOffice) -> None:
    office.repeatable(an_allocation(qty=200), "chain")


def a_dead_letter(office: StockOffice) -> None:
    office.repeatable(an_allocation(qty=200), "chain")
    office.carry_mails(well=False)


def a_pending_follow_up(office: StockOffice) -> None:
    office.handle(an_allocation(qty=200))
    office.carry_mails()
    office.begin(a_batch_created("batch-2", qty=200), "chain")


def carried(office: StockOffice) -> None:
    office.carry_mails()


def discarded(office: StockOffice) -> None:
    [letter] = [id for id, fate in office.fates.items() if fate == "dead"]
    office.dead_letters.discard(letter)


def replayed(office: StockOffice) -> None:
    assert list(office.dead_letters.replay_all()) == [1]
    assert office.prune() == 0, "it is open again"
    office.carry_mails()


def recovered(office: StockOffice) -> None:
    office.processor.recover()


@pytest.mark.parametrize(
    ("left_open", "fate", "finished"),
    [
        (an_unsent_mail, "outgoing", carried),
        (a_dead_letter, "dead", discarded),
        (a_dead_letter, "dead", replayed),
        (a_pending_follow_up, "pending", recovered),
    ],
)
def test_of_a_chain_that_is_open_nothing_leaves_until_it_is_finished(
    office: StockOffice,
    left_open: Callable[[StockOffice], None],
    fate: str,
    finished: Callable[[StockOffice], None],
) -> None:
    office.handle(a_batch_created(qty=100))
    left_open(office)
    chain = office.chain("chain")
    assert (len(chain), office.fates[chain[-1]]) == (2, fate)
    office.handle(an_allocation("order-2"))
    new = office.life_goes_on()
    assert office.prune() >= 3
    assert office.log == [*chain, new]
    assert office.discrepancies == []
    finished(office)
    late = office.log[3:]  # what the end of it has left in the log is young
    assert office.prune() == 2
    assert office.log == [new, *late]
    assert office.discrepancies == []


def test_the_last_message_stays_so_that_its_number_is_not_given_again(office: StockOffice) -> None:
    office.handle(an_allocation(sku="NONE"))  # refused
    office.handle(a_batch_created(qty=100))
    an_unsent_mail(office)
    office.handle(a_new_quantity(90), a_new_quantity(80))
    last = office.log[-1]
    for _ in range(3):
        office.days_pass()
        office.prune()
        assert office.log[-1] == last
    office.handle(a_new_quantity(70))
    assert office.discrepancies == []


class TestClock:
    """Age is what the clock says, and clocks jump."""

    def test_that_has_just_jumped_ahead_lets_nothing_leave(self, office: StockOffice) -> None:
        office.handle(*(a_batch_created(f"b{n}") for n in range(6)))
        before = office.log
        office.days_pass(3650)
        assert office.prune() == 0
        assert office.log == before
        assert not office.retention.believes_the_clock(KEEP)

    def test_is_not_believed_for_what_has_come_since_either(self, office: StockOffice) -> None:
        office.handle(*(a_batch_created(f"b{n}") for n in range(6)))
        office.days_pass(3650)
        office.handle(a_batch_created("since"))
        office.clock.go_on(seconds=11 * 3600)
        office.handle(a_batch_created("later"))
        assert office.prune() == 0
        office.days_pass(-3650)
        office.handle(a_batch_created("put-right"))
        assert office.prune() == 0
        assert len(office.log) == 9

    def test_is_believed_when_it_has_run_for_half_a_day(self, office: StockOffice) -> None:
        office.handle(*(a_batch_created(f"b{n}") for n in range(6)))
        office.days_pass(3650)
        office.handle(a_batch_created("since"))
        office.clock.go_on(seconds=12 * 3600)
        assert office.retention.believes_the_clock(KEEP)
        assert office.prune() == 6

    def test_that_was_ahead_leaves_nothing_that_stays_for_ever(self, office: StockOffice) -> None:
        """And what is behind it is found by halving as if it was not there."""
        office.handle(*(a_batch_created(f"b{n}") for n in range(3)))
        office.days_pass(3650)
        office.handle(*(a_batch_created(f"ahead{n}") for n in range(20)))
        office.days_pass(-3650)
        office.handle(*(a_batch_created(f"c{n}") for n in range(3)))
        new = office.life_goes_on()
        assert office.prune() == 26
        assert office.log == [new]
        assert office.discrepancies == []

    def test_that_was_ahead_takes_nothing_that_is_young(self, office: StockOffice) -> None:
        office.handle(a_batch_created("old"))
        office.days_pass(8)
        office.days_pass(3650)
        office.repeatable(a_batch_created("ahead"), "ahead")
        office.days_pass(-3650)
        new = office.life_goes_on(days=0)
        assert office.prune() == 1
        assert office.log == ["ahead", new]

    def test_of_an_empty_log_is_no_matter(self, office: StockOffice) -> None:
        assert office.retention.believes_the_clock(KEEP)
        assert office.prune() == 0


def test_a_correction_may_leave_before_an_older_one_of_the_same_batch(office: StockOffice) -> None:
    office.handle(a_batch_created(qty=100), an_allocation(qty=80))
    office.repeatable(a_new_quantity(50), "older")  # and the mail about it is not carried
    office.repeatable(a_new_quantity(90), "younger")
    office.life_goes_on()
    office.prune()
    assert "older" in office.log
    assert "younger" not in office.log
    assert office.discrepancies == []
    office.carry_mails()
    office.prune()
    assert "older" not in office.log
    assert office.discrepancies == []
    assert office.opening_balances["batch-1"] == (90, 80)


def test_a_batch_may_be_announced_again_when_its_announcement_has_left(office: StockOffice) -> None:
    office.repeatable(a_batch_created(qty=100), "announced")
    office.handle(a_new_quantity(60))
    office.life_goes_on()
    office.prune()
    for id in ("announced", "again"):
        answer = office.repeatable(a_batch_created(qty=100), id)
        assert (answer.result, answer.repeated) == ("batch-1", False)
        assert office.discrepancies == []
    office.life_goes_on()
    office.prune()
    assert office.discrepancies == []
    assert office.opening_balances["batch-1"] == (60, 0)


def test_a_repeated_announcement_may_leave_before_the_first_one(office: StockOffice) -> None:
    office.handle(a_batch_created("tiny", qty=1), an_allocation(qty=100))
    office.carry_mails()
    # What these offer to the order that waits is pending: their chains are open.
    office.begin(a_batch_created(qty=200), "announced")
    office.begin(a_new_quantity(150), "correction")
    office.begin(a_batch_created(qty=200), "again")
    office.life_goes_on()
    office.prune()
    assert {"announced", "correction"} < set(office.log)
    assert "again" not in office.log
    assert office.discrepancies == []
    office.processor.recover()
    office.life_goes_on()
    office.prune()
    assert office.discrepancies == []
    assert office.opening_balances["batch-1"] == (150, 100)


def test_many_leave_a_portion_at_a_time(office: StockOffice) -> None:
    office.handle(a_batch_created(qty=1000), *(an_allocation(f"o{n}", 3) for n in range(300)))
    office.life_goes_on()
    portions = []
    for portion in office.retention.prune(KEEP):
        portions.append(portion)
        assert office.discrepancies == []
    assert portions == [250, 250, 101]
    assert office.opening_balances["batch-1"] == (1000, 900)


def test_what_has_to_stay_is_looked_at_a_little_at_a_time(office: StockOffice) -> None:
    """However much of it there is, nobody waits for long; and what stands behind it leaves."""
    dead = (
        an_entry(OutOfStock("X"), f"dead-{n}", Fate.DEAD, at=office.clock.now) for n in range(6000)
    )
    write(office.store, *dead)
    office.handle(*(a_batch_created(f"b{n}") for n in range(3)))
    office.life_goes_on()
    assert list(office.retention.prune(KEEP)) == [0, 0, 3]
