"""Queries that know nothing of each other read one state of the database."""

from threading import Thread

from sqlalchemy import func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.domain.events import BatchCreated
from tests.support.groups import an_entry
from tests.support.storages import sql_store


def write(database: Database, id: str) -> None:
    with sql_store(database).begin() as transaction:
        transaction.write(an_entry(BatchCreated(f"batch-{id}", "CHAIR", 10), id))
        transaction.commit()


def count(database: Database, *, patient: bool = False) -> int:
    with database.reading(patient=patient) as connection:
        return connection.scalar(select(func.count()).select_from(messages)) or 0


def count_in_thread(database: Database) -> int:
    counts = list[int]()
    thread = Thread(target=lambda: counts.append(count(database)))
    thread.start()
    thread.join()
    return counts[0]


def test_queries_in_one_snapshot_do_not_see_what_is_written_between_them(
    database: Database,
) -> None:
    write(database, "m1")
    with database.one_snapshot():
        assert count(database) == 1
        write(database, "m2")
        assert count(database) == 1
    assert count(database) == 2


def test_a_snapshot_is_that_of_its_own_thread(database: Database) -> None:
    with database.one_snapshot():
        assert count(database) == 0
        write(database, "m1")
        assert count_in_thread(database) == 1


def test_a_patient_query_has_a_transaction_of_its_own(database: Database) -> None:
    with database.one_snapshot():
        assert count(database) == 0
        write(database, "m1")
        assert count(database, patient=True) == 1


def test_a_snapshot_ends_with_an_error(database: Database) -> None:
    try:
        with database.one_snapshot():
            count(database)
            raise ZeroDivisionError
    except ZeroDivisionError:
        write(database, "m1")
    assert count(database) == 1
