"""`kill -9` between receiving a change of quantity and the last reallocation.

A child process with the real application is killed at a point; then its work is audited,
the service is started again, and the client sends its message again.
"""

import signal
from collections.abc import Iterator
from typing import Final

import pytest

from tests.chaos.child_server import ChildServer, start_child_server
from tests.chaos.leak import (
    IN_THE_END,
    LINES,
    SKU,
    TAKEN_OFF,
    let_history_happen,
    start_again_and_report_the_leak,
)
from tests.support.databases import SQLite
from tests.support.ledger import (
    Ledger,
    assert_lines_are,
    assert_no_line_waits_for_nothing,
    assert_nothing_oversold,
    read_ledger,
)

POINTS: Final = (
    "before begin@1",
    "begun@1",
    "backlog read@1",
    "foreseen@1",
    "looked up@1",
    "handling@1",
    "before the handler's commit@1",
    "after the handler's commit@1",
    "handled@1",
    "accepted@1",
    "noted@1",  # the change itself is in the log of the group
    "handling@2",  # the first line is about to be allocated anew
    "accepted@2",
    "before commit@1",
    "flushed@1",  # all is written, and COMMIT not yet said
    "committed@1",  # five of six lines are still without a batch
    "begun@2",
    "backlog read@2",
    "handled@4",
    "before commit@2",
    "flushed@2",
    "committed@2",
    "handling@5",
    "flushed@3",
    "committed@3",
    "handled@7",  # the last line
    "flushed@4",
    "committed@4",  # all is done, but nobody was told
)


@pytest.fixture(scope="module")
def child_server() -> Iterator[ChildServer]:
    """Where children come from."""
    with start_child_server() as child_server:
        yield child_server


@pytest.fixture(scope="module")
def undisturbed(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """What a run without a kill leaves."""
    url = sqlite.migrated(tmp_path_factory.mktemp("undisturbed"))
    let_history_happen(url)
    start_again_and_report_the_leak(url)
    return read_ledger(url)


def test_a_reallocation_killed_at_any_point_ends_as_if_it_had_not_been(undisturbed: Ledger) -> None:
    assert undisturbed.batchrefs == {(orderid, SKU): ref for orderid, ref in IN_THE_END.items()}
    assert_is_in_order(undisturbed)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_doubles_nothing(
    point: str, database_url: str, child_server: ChildServer, undisturbed: Ledger
) -> None:
    let_history_happen(database_url)

    assert child_server.exit_code_at(point, database_url) == -signal.SIGKILL
    assert_no_promise_is_broken(read_ledger(database_url))

    answer = start_again_and_report_the_leak(database_url)
    assert answer.result == TAKEN_OFF
    ledger = read_ledger(database_url)
    assert ledger.state == undisturbed.state
    assert ledger.log == undisturbed.log
    assert_is_in_order(ledger)


def assert_no_promise_is_broken(ledger: Ledger) -> None:
    assert_nothing_oversold(ledger)
    assert_lines_are(ledger, {(orderid, SKU): qty for orderid, qty in LINES.items()})


def assert_is_in_order(ledger: Ledger) -> None:
    assert_no_promise_is_broken(ledger)
    assert_no_line_waits_for_nothing(ledger)
    assert ledger.with_status("pending") == []
    follow_ups = [(row["type"], row["body"], row["causation_id"]) for row in ledger.messages]
    asked_again = [kind for kind, _, cause in follow_ups if cause and kind == "AllocationRequired"]
    assert len(asked_again) == len(TAKEN_OFF) + 1, "each line that moves is asked for once"
    assert len(set(follow_ups)) == len(follow_ups)
