"""`kill -9` between receiving a change of quantity and the last reallocation.

A child process with the real application is killed at a point; then its work is audited,
the service is started again, and the client sends its message again.
"""

import signal
from typing import Final

import pytest

from tests.chaos.child import exit_code_of, report_the_leak_until
from tests.chaos.leak import (
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
    *("begin@1", "pending@1", "prefetch@1", "find@1", "handling@1"),
    "handled@1",
    "handling@2",  # the first line is about to be allocated anew
    "commit@1",
    "flushed@1",  # all is written, and COMMIT not yet said
    "commit's end@1",  # five of six lines are still without a batch
    *("the answer@1", "begin@2", "pending@2", "handled@4", "commit@2", "flushed@2"),
    *("commit's end@2", "handling@5", "flushed@3", "commit's end@3"),
    "handled@7",  # the last line
    "flushed@4",
    "commit's end@4",  # all is done, but nobody was told
)


@pytest.fixture(scope="module")
def undisturbed(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """What a run without a kill leaves."""
    url = sqlite.migrated(tmp_path_factory.mktemp("undisturbed"))
    let_history_happen(url)
    start_again_and_report_the_leak(url)
    return read_ledger(url)


def test_an_undisturbed_reallocation_loses_nothing_and_doubles_nothing(undisturbed: Ledger) -> None:
    assert_is_in_order(undisturbed)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_doubles_nothing(
    point: str, database_url: str, undisturbed: Ledger
) -> None:
    let_history_happen(database_url)

    assert exit_code_of(report_the_leak_until, point, database_url) == -signal.SIGKILL
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
