"""Everybody wants the same, at four servers on one database: nobody is sent away."""

from collections import Counter
from pathlib import Path

from tests.chaos.audit import Records, assert_nothing_is_the_matter
from tests.chaos.observations import Call, Observations
from tests.chaos.rig.fleet import a_fleet
from tests.chaos.rig.unfinished import until_all_is_done
from tests.chaos.workload import Operation
from tests.support.clients import HttpAnswer, Request, allocations, answers_to
from tests.support.concurrent_clients import concurrently
from tests.support.ledger import read_ledger

SKU = "LAMP"
CALLERS = 200
IN_STOCK = 100
SERVERS = 4


def test_two_hundred_callers_for_one_hundred_units(postgresql_url: str, tmp_path: Path) -> None:
    stock = Request("/add_batch", {"ref": "b", "sku": SKU, "qty": IN_STOCK, "eta": None}, "stock")
    wanted = allocations(CALLERS, SKU)
    with a_fleet(SERVERS, postgresql_url, tmp_path) as fleet:
        addresses = fleet.addresses()
        answers = answers_to(addresses[0], [stock])

        def ask_once(number: int) -> HttpAnswer:
            request = wanted[number]
            return answers_to(addresses[number % SERVERS], [request])[request.key]

        at_once = concurrently(CALLERS, ask_once)
        until_all_is_done(postgresql_url)
        faults = fleet.faults

    assert Counter(answer.status for answer in at_once) == {201: IN_STOCK, 202: CALLERS - IN_STOCK}
    answers |= {request.key: answer for request, answer in zip(wanted, at_once, strict=True)}
    observations = Observations()
    observations.calls = [a_call(request, answers[request.key]) for request in (stock, *wanted)]
    records = Records(read_ledger(postgresql_url), observations, faults=faults)
    assert_nothing_is_the_matter(records)
    assert [batch["allocated_quantity"] for batch in records.ledger.batches] == [IN_STOCK]
    assert len(list(records.of_type("OutOfStock"))) == 1


def a_call(request: Request, answer: HttpAnswer) -> Call:
    return Call(request.key, Operation(request, SKU, frozenset({201, 202})), answer)
