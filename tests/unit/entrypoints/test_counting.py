"""A row of several messages counts once, and tells what was done before a refusal."""

from datetime import date
from pathlib import Path

import pytest

from allocation.domain.errors import BatchClosed
from allocation.domain.events import BatchEtaChanged, BatchQuantityChanged
from allocation.entrypoints.cli.importing.import_options import ImportOptions
from allocation.entrypoints.cli.importing.opened_file import opened_file
from allocation.entrypoints.cli.importing.summaries import summary
from allocation.entrypoints.importing.counting import count_rows
from allocation.entrypoints.importing.kinds import COUNT
from allocation.entrypoints.importing.plans import Plan
from allocation.entrypoints.table_files.layout import Row
from allocation.messaging.errors import IdReused, StoreUnavailable
from allocation.messaging.log import Answer
from tests.support.files import BATCH_COLUMNS, a_file

EVENTS = BatchQuantityChanged("b1", 5), BatchEtaChanged("b1", date(2030, 1, 1))


def a_plan(number: int) -> Plan:
    return Plan(Row(number, ["b1"], None), EVENTS, "b1", outcome="changed")


def test_a_refusal_of_the_second_message_tells_what_the_first_one_did(tmp_path: Path) -> None:
    path = a_file(tmp_path, header=BATCH_COLUMNS)
    with opened_file(path, COUNT, ImportOptions()) as file:
        answers = [Answer("1"), Answer("2", error=BatchClosed("b1")), Answer("3"), Answer("4")]
        changed = count_rows([a_plan(2), a_plan(3)], answers, file)

        assert [plan.row.number for plan, _ in changed] == [3]
        assert summary(file.tally, file.rejected_rows.count) == "2 batches: 1 changed, 1 refused"
    refused = path.with_name("rows.csv.rejected.csv").read_text().splitlines()[1]
    assert refused == "2,Batch b1 is cancelled (its quantity is 5 now),b1"


def test_a_key_that_was_used_for_another_message_refuses_the_row(tmp_path: Path) -> None:
    with opened_file(a_file(tmp_path, header=BATCH_COLUMNS), COUNT, ImportOptions()) as file:
        answers = [Answer("1", error=IdReused("1")), Answer("2")]
        assert count_rows([a_plan(2)], answers, file) == []
        assert file.rejected_rows.count == 1


def test_rows_before_a_failure_are_counted(tmp_path: Path) -> None:
    with opened_file(a_file(tmp_path, header=BATCH_COLUMNS), COUNT, ImportOptions()) as file:
        gone = Answer("3", error=StoreUnavailable("gone", "here"))
        answers = [Answer("1"), Answer("2"), gone, gone]
        with pytest.raises(StoreUnavailable):
            count_rows([a_plan(2), a_plan(3)], answers, file)
        assert summary(file.tally, 0) == "1 batch: 1 changed, 0 refused"
