"""Files are imported while a server is serving: neither comes in the other's way."""

import random
from pathlib import Path

from tests.crash.rig.audit import Records, assert_nothing_is_the_matter
from tests.crash.rig.callers import Caller, ask_everything_again, calling
from tests.crash.rig.diary import Diary
from tests.crash.rig.errands import Market
from tests.crash.rig.fleet import a_fleet
from tests.crash.rig.imports import Importer
from tests.crash.rig.unfinished import until_all_is_done
from tests.support.ledger import read_ledger
from tests.support.waiting import until

CALLERS = 4
FILES = 2
LINES = 1500


def test_all_is_accounted_for_and_nobody_is_sent_away(database_url: str, tmp_path: Path) -> None:
    market, diary = Market(["LAMP", "CHAIR"], "SCREW", 10), Diary()
    with a_fleet(1, database_url, tmp_path) as fleet:
        Caller("opener", fleet.addresses, market, diary, 0).do_all(market.opening())
        importer = Importer(database_url, tmp_path, diary, {})
        callers = [Caller(f"c{n}", fleet.addresses, market, diary, n) for n in range(CALLERS)]
        before = len(diary.calls)
        with calling(callers, pause=0.01):
            for number in range(FILES):
                importer.begin(LINES, market.skus, random.Random(number))
            until(lambda: importer.is_done, "the files have been imported", patience=120)
        importer.finish()
        assert len(diary.calls) > before + 100
        until_all_is_done(database_url)
        ask_everything_again(list(diary.calls), fleet.addresses, diary)
        faults = fleet.faults

    assert len(diary.imported) == FILES * LINES
    assert importer.runs_again == 0
    assert not [told for told in diary.attempts if told.startswith("5")], diary.attempts
    assert_nothing_is_the_matter(Records(read_ledger(database_url), diary, faults=faults))
