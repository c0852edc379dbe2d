"""Files are imported while a server is serving: neither comes in the other's way."""

import random
from pathlib import Path

from tests.chaos.audit import Records, assert_nothing_is_the_matter
from tests.chaos.observations import Observations
from tests.chaos.rig.clients import Caller, ask_everything_again, calling
from tests.chaos.rig.fleet import a_fleet
from tests.chaos.rig.imports import Importer
from tests.chaos.rig.unfinished import until_all_is_done
from tests.chaos.workload import Inventory
from tests.support.ledger import read_ledger
from tests.support.waiting import wait_until

CALLERS = 4
FILES = 2
LINES = 1500


def test_files_imported_beside_a_server_lose_no_line_and_refuse_no_caller(
    database_url: str, tmp_path: Path
) -> None:
    inventory, observations = Inventory(["LAMP", "CHAIR"], "SCREW", 10), Observations()
    with a_fleet(1, database_url, tmp_path) as fleet:
        Caller("opener", fleet.addresses, inventory, observations, 0).do_all(inventory.opening())
        importer = Importer(database_url, tmp_path, observations, {})
        callers = [
            Caller(f"c{n}", fleet.addresses, inventory, observations, n) for n in range(CALLERS)
        ]
        before = len(observations.calls)
        with calling(callers, pause=0.01):
            for number in range(FILES):
                importer.begin(LINES, inventory.skus, random.Random(number))
            wait_until(lambda: importer.is_done, "the files have been imported", patience=120)
        importer.finish()
        assert len(observations.calls) > before + 100
        until_all_is_done(database_url)
        ask_everything_again(list(observations.calls), fleet.addresses, observations)
        faults = fleet.faults

    assert len(observations.imported) == FILES * LINES
    assert importer.runs_again == 0
    assert not [status for status in observations.attempts if status.startswith("5")], (
        observations.attempts
    )
    assert_nothing_is_the_matter(Records(read_ledger(database_url), observations, faults=faults))
