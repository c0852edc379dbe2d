"""`kill -9` of a real `allocation serve` under load."""

import random
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.support.clients import ConcurrentClients, HttpAnswer, Request, allocations, answers_to
from tests.support.ledger import (
    assert_lines_are,
    assert_no_line_waits_for_nothing,
    assert_nothing_oversold,
    read_ledger,
)
from tests.support.serving import Server, serving
from tests.support.waiting import wait_until

SKU: Final = "LAMP"
LINES: Final = 400
ANSWERED_BEFORE_THE_KILL: Final = 60


def test_answered_requests_survive_a_kill_and_others_can_be_sent_again(
    database_url: str, tmp_path: Path
) -> None:
    load = the_load()
    with serving(database_url, tmp_path) as server:
        answers_to(server.address, stock())
        before = answers_until_the_kill(server, load)
        assert server.ended() == -signal.SIGKILL
    assert ANSWERED_BEFORE_THE_KILL <= len(before) < len(load)
    assert_nothing_oversold(read_ledger(database_url))

    with serving(database_url, tmp_path) as server:
        unanswered = [request for request in load if request.key not in before]
        after = answers_to(server.address, unanswered)
        again = answers_to(server.address, load)
        server.terminate()

    assert {**before, **after} == again
    assert {answer.status for answer in again.values()} <= {200, 201, 202}
    ledger = read_ledger(database_url)
    assert_nothing_oversold(ledger)
    assert_no_line_waits_for_nothing(ledger)
    assert_lines_are(ledger, {(f"o{n}", SKU): 1 for n in range(1, LINES + 1)})
    roots = [row["id"] for row in ledger.messages if row["causation_id"] is None]
    assert sorted(roots) == sorted(request.key for request in [*stock(), *load])
    assert ledger.with_status("pending") == []


def stock() -> list[Request]:
    """Two batches of the same."""
    return [
        Request("/add_batch", {"ref": ref, "sku": SKU, "qty": 90, "eta": eta}, key=f"add-{ref}")
        for ref, eta in (("b1", None), ("b2", "2030-01-01"))
    ]


def the_load() -> list[Request]:
    """Order lines, and a quantity that goes down and up all the time."""
    changes = [
        Request("/change_batch_quantity", {"ref": "b1", "qty": 60 + n % 60}, key=f"change-{n}")
        for n in range(0, LINES, 20)
    ]
    load = [*allocations(LINES, SKU), *changes]
    random.Random(9).shuffle(load)
    return load


def answers_until_the_kill(server: Server, load: list[Request]) -> dict[str, HttpAnswer]:
    """The answers that came before the server was killed in the middle of it."""
    concurrently = ConcurrentClients(server.address, load)
    with ThreadPoolExecutor(1) as aside:
        calling = aside.submit(concurrently.call, 32)
        wait_until(
            lambda: len(concurrently.answers) >= ANSWERED_BEFORE_THE_KILL, "the load is under way"
        )
        server.process.kill()
        return calling.result()
