"""The audit finds whatever somebody has tampered with, and calls it by its name."""

from collections import Counter

import pytest

from tests.chaos.audit import KINDS, Records, audit
from tests.chaos.corruptions import CORRUPTIONS, Corrupted
from tests.chaos.undisturbed import what_an_undisturbed_day_leaves
from tests.chaos.workload import MESSAGES
from tests.support.databases import SQLite


@pytest.fixture(scope="module")
def day(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """What is on record after a day without any fault."""
    folder = tmp_path_factory.mktemp("day")
    return what_an_undisturbed_day_leaves(sqlite.migrated(folder), folder)


def test_a_day_without_faults_leaves_nothing_to_find(day: Records) -> None:
    assert audit(day) == {kind: [] for kind in KINDS}
    assert {row["state"] for row in day.ledger.lines} == {
        *("waiting", "allocated", "shipped", "cancelled")
    }
    assert {MESSAGES[call.operation.request.path] for call in day.observations.calls} == {
        *MESSAGES.values()
    }
    assert {row["status"] for row in day.ledger.messages} == {"handled", "refused"}
    audiences = Counter(day.by_id[id].body["audience"] for id in set(day.mailed or ()))
    assert audiences == {"buyers": 2, "sales": 6}


@pytest.mark.parametrize(
    ("kind", "finding"), [(kind, finding) for kind in CORRUPTIONS for finding in CORRUPTIONS[kind]]
)
def test_the_audit_finds_corrupted_records(kind: str, finding: str, day: Records) -> None:
    tampered = Corrupted.copy_of(day)

    CORRUPTIONS[kind][finding](tampered)

    findings = audit(tampered.records)[kind]
    assert any(finding in one for one in findings), findings
