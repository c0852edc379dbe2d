"""One of three servers is stopped while it holds what all of them want."""

from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.chaos.audit import Records, assert_nothing_is_the_matter
from tests.chaos.observations import Observations
from tests.chaos.rig.clients import Caller, ask_everything_again, calling
from tests.chaos.rig.fleet import SupervisedServer, a_fleet
from tests.chaos.rig.unfinished import until_all_is_done
from tests.chaos.workload import Inventory
from tests.support.ledger import read_ledger
from tests.support.waiting import wait_until

HELD_UP = 15.0
"""Seconds: PostgreSQL gives a session up that does nothing in a transaction for ten."""

TIMEOUT = 120.0

_SOMEBODY_WAITS = """
    SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
    AND clock_timestamp() - query_start > interval '1 second'
"""


@pytest.mark.slow
def test_other_servers_wait_briefly_for_a_stopped_one(postgresql_url: str, tmp_path: Path) -> None:
    inventory = Inventory(["LAMP"], "SCREW", 10)
    at_others, at_stopped = Observations(), Observations()
    with a_fleet(3, postgresql_url, tmp_path) as fleet:
        stopped, *others = fleet.servers
        Caller("opener", fleet.addresses, inventory, at_others, 0).do_all(inventory.opening())
        callers = [
            Caller(f"c{n}", partial(where, servers), inventory, observations, n)
            for n, servers, observations in (
                *((n, [stopped], at_stopped) for n in (1, 2)),
                *((n, others, at_others) for n in (3, 4)),
            )
        ]
        with calling(callers, pause=0.0):
            until_it_is_stopped_in_a_group(stopped, postgresql_url)
            until_answered(at_others, 100)
            stopped.go_on()
            until_answered(at_stopped, 100)
        until_all_is_done(postgresql_url)
        both = combined(at_others, at_stopped)
        ask_everything_again(both.calls, fleet.addresses, both)
        faults = fleet.faults

    assert 5 < at_others.slowest < HELD_UP, "they were held up, but not for long"
    assert_nothing_is_the_matter(Records(read_ledger(postgresql_url), both, faults=faults))


def until_it_is_stopped_in_a_group(server: SupervisedServer, url: str) -> None:
    """Stop it, again and again, until others wait for what it holds."""
    with psycopg.connect(url, autocommit=True) as connection:

        def is_waited_for() -> bool:
            return connection.execute(_SOMEBODY_WAITS).fetchone() is not None

        def stopped_in_a_group() -> bool:
            server.stop()
            try:
                wait_until(is_waited_for, "somebody waits", patience=2.0, look_again=0.1)
            except AssertionError:
                server.go_on()  # it held nothing just then
                return False
            return True

        wait_until(stopped_in_a_group, "it is stopped in the middle of a group", patience=TIMEOUT)


def until_answered(observations: Observations, count: int) -> None:
    goal = len(observations.calls) + count
    wait_until(lambda: len(observations.calls) >= goal, "requests are answered", patience=TIMEOUT)


def where(servers: list[SupervisedServer]) -> list[str]:
    return [server.address for server in servers if server.address is not None]


def combined(one: Observations, other: Observations) -> Observations:
    both = Observations()
    both.calls, both.repeats = one.calls + other.calls, one.repeats + other.repeats
    both.unanswered = one.unanswered + other.unanswered
    return both
