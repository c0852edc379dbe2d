"""The invariants of a promise hold on databases, whatever happens, and whoever's turn it is.

The same machine as in tests/unit/domain/test_life_properties.py; after each example,
`allocation verify` finds nothing.
"""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.service_layer.messagebus import REGISTRY
from tests.contract.test_stock import cleared
from tests.support.builders import TODAY
from tests.support.executors import Everybody
from tests.support.life_machine import LifeMachine
from tests.support.storages import OpenDatabase, sql_store

# Without shrinking, which would take longer than anybody waits.
CI = settings(
    derandomize=True,
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)


class VerifiedMachine(LifeMachine):
    """The machine on a database, with the audit at the end."""

    def __init__(self, first: Database, second: Database, onlooker: Database) -> None:
        uow = SqlAlchemyUnitOfWork(cleared(onlooker), today=TODAY)
        super().__init__(Everybody((sql_store(first), sql_store(second)), uow))
        self._database = onlooker

    def teardown(self) -> None:
        assert Audit(self._database, REGISTRY).run()[1] == []


@pytest.mark.slow
def test_the_invariants_hold_on_a_database_after_any_messages(
    database_url: str, open_database: OpenDatabase
) -> None:
    databases = [open_database(database_url) for _ in range(3)]
    run_state_machine_as_test(lambda: VerifiedMachine(*databases), settings=CI)  # type: ignore[arg-type]  # a function will do
