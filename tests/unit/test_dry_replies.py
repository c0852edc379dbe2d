"""The moves in the reply of a dry run, made from facts in log order."""

from allocation.domain.events import Allocated, Backordered, Deallocated
from allocation.domain.moves import Move
from allocation.service_layer.dry_replies import moves_in


def gained(orderid: str, batchref: str, sku: str = "LAMP") -> Allocated:
    return Allocated(orderid, sku, 1, batchref)


def lost(orderid: str, batchref: str, sku: str = "LAMP") -> Deallocated:
    return Deallocated(orderid, sku, 1, batchref, "leak")


def a_move(orderid: str, source: str | None, target: str | None, sku: str = "LAMP") -> Move:
    return Move(orderid, sku, 1, source, target, grown_from=0 if source is None else None)


def test_lines_that_were_allocated_come_first_in_order_then_the_latest_that_wait() -> None:
    facts = [lost("o1", "b1"), lost("o2", "b1"), lost("o3", "b1"), gained("o2", "b2")]
    assert moves_in([*facts, gained("o4", "b3")]) == [
        a_move("o2", "b1", "b2"),
        a_move("o4", None, "b3"),
        a_move("o3", "b1", None),
        a_move("o1", "b1", None),
    ]


def test_a_line_that_lost_units_of_two_batches_is_listed_for_each() -> None:
    facts = [lost("o1", "b1"), lost("o2", "b1"), lost("o1", "b2")]
    assert moves_in(facts) == [
        a_move("o1", "b2", None),
        a_move("o2", "b1", None),
        a_move("o1", "b1", None),
    ]


def test_units_of_a_split_line_are_paired_by_their_number() -> None:
    facts = [
        Deallocated("o1", "LAMP", 10, "b1", "leak"),
        Allocated("o1", "LAMP", 3, "b2", backordered=True),
        Allocated("o1", "LAMP", 4, "b3", backordered=True),
    ]
    assert moves_in(facts) == [
        Move("o1", "LAMP", 3, "b1", "b2"),
        Move("o1", "LAMP", 4, "b1", "b3"),
        Move("o1", "LAMP", 3, "b1", None),
    ]


def test_a_line_that_returned_to_its_batch_has_not_moved() -> None:
    assert moves_in([lost("o1", "b1"), gained("o1", "b1")]) == []


def test_each_allocation_of_a_line_is_a_move() -> None:
    facts = [lost("o1", "b1"), gained("o1", "b2"), lost("o1", "b2"), gained("o1", "b3")]
    assert moves_in(facts) == [a_move("o1", "b1", "b2"), a_move("o1", "b2", "b3")]


def test_the_lines_of_an_order_are_told_apart_by_sku() -> None:
    facts = [lost("o1", "b1"), gained("o1", "c1", "SOFA")]
    assert moves_in(facts) == [a_move("o1", None, "c1", "SOFA"), a_move("o1", "b1", None)]


def test_other_facts_are_no_moves() -> None:
    assert moves_in([Backordered("o1", "LAMP", 1)]) == []
