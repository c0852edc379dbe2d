"""The tables that the migrations make, and who is let in to them."""

import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from threading import Barrier

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from allocation.adapters.sql import migrate
from allocation.adapters.sql.engine import opening
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.migrate import HEAD, prepare, revision, upgrade
from allocation.adapters.sql.schema import METADATA
from allocation.messaging.database_errors import SchemaError
from allocation.messaging.errors import Conflict, StoreUnavailable
from tests.support.schemas import schema_of, upgrade_to
from tests.support.storages import OpenDatabase

TABLES = {"products", "batches", "order_lines", "messages"}
A_LINE = (
    "order_lines (sku, orderid, qty, position, state, least_room)"
    " VALUES ('CHAIR', 'o1', 5, 1, 'waiting', 5)"
)


class Broken(Exception):
    """What happens in the middle of a migration."""


def execute(database: Database, statement: str) -> None:
    with database.writing() as connection:
        connection.execute(text(statement))
        connection.commit()


def rows_of(database: Database, table: str) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        rows = connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))
        return [tuple(str(v) if isinstance(v, date) else v for v in row) for row in rows]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_migrated_database_equals_a_created_one(
    request: pytest.FixtureRequest, open_database: OpenDatabase, dialect: str
) -> None:
    migrated = open_database(request.getfixturevalue(f"{dialect}_url"))
    created = open_database(request.getfixturevalue(f"empty_{dialect}_url"))
    with created.writing() as connection:
        for metadata in METADATA:
            metadata.create_all(connection)
        connection.commit()
    assert set(schema_of(migrated)) >= TABLES
    assert schema_of(migrated) == schema_of(created)


def test_the_head_is_the_last_step() -> None:
    config = Config()
    config.set_main_option("script_location", "allocation.adapters.sql:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_one_that_is_ready_is_left_alone(database: Database) -> None:
    execute(database, "INSERT INTO products VALUES ('CHAIR', 1, 0, false, 0, NULL, 0)")
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    prepare(database)
    upgrade(database)
    assert not [s for s in statements if s.startswith(("CREATE", "INSERT", "UPDATE", "DELETE"))]
    with database.reading() as connection:
        assert connection.execute(text("SELECT sku FROM products")).scalar_one() == "CHAIR"


def test_an_older_one_is_not_touched(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "HEAD", "9999")
    with pytest.raises(SchemaError, match=r"older than this program.*`allocation migrate`"):
        prepare(database)
    assert revision(database) == HEAD


def test_the_messages_and_the_stock_of_an_older_one_are_kept(empty_database: Database) -> None:
    upgrade_to("0001", empty_database)
    for seq, (id, status) in enumerate([("m1", "handled"), ("m2", "outgoing")], start=1):
        execute(
            empty_database,
            "INSERT INTO messages (id, type, body, correlation_id, at, fate, attempts)"
            f" VALUES ('{id}', 'OutOfStock', '{{\"sku\"\\:\"CHAIR\"}}', '{id}',"
            f" '2030-01-0{seq} 10:00:00', '{status}', {seq})",
        )
    upgrade_to("0003", empty_database)
    for row in (
        "products VALUES ('CHAIR', 3, 2, true)",
        "batches VALUES ('b1', 'CHAIR', 10, 10, 10, '2030-01-01')",
        "batches VALUES ('b2', 'CHAIR', 10, 10, 9, NULL)",
        "opening_balances VALUES ('b1', 10, 0, 1)",
        "order_lines VALUES ('CHAIR', 'o2', 10, 'b1', 1, 1)",
        "order_lines VALUES ('CHAIR', 'o1', 5, NULL, 2, NULL)",
        "order_lines VALUES ('CHAIR', 'o3', 9, 'b2', 3, 3)",
    ):
        execute(empty_database, f"INSERT INTO {row}")
    upgrade(empty_database)
    with empty_database.reading() as connection:
        columns = "seq, id, status, attempts, ordering_key"
        rows = connection.execute(text(f"SELECT {columns} FROM messages ORDER BY 1"))
        assert [tuple(row) for row in rows] == [
            (1, "m1", "handled", 1, None),
            (2, "m2", "handled", 2, None),
            (3, "m2:digest", "outgoing", 2, "buyers:m2"),
        ]
    assert rows_of(empty_database, "products") == [("CHAIR", 3, 2, True, 0, None, 0)]
    exhausted, still_open = True, False
    assert rows_of(empty_database, "batches") == [
        (
            "b1",
            "CHAIR",
            10,
            10,
            10,
            "2030-01-01",
            None,
            "2030-01-01",
            False,
            False,
            exhausted,
            None,
        ),
        ("b2", "CHAIR", 10, 10, 9, None, None, None, False, False, still_open, None),
    ]
    assert rows_of(empty_database, "opening_balances") == [("b1", 10, 0, 0, 0, 0)]
    migrated = datetime.now(UTC).date()
    unset, rest = (None,) * 3, (None,) * 5
    lines = rows_of(empty_database, "order_lines")
    assert lines[:-1] == [
        ("CHAIR", "o1", "", 0, 5, 2, "waiting", None, None, None, None, None, 5, *rest),
        ("CHAIR", "o2", "", 0, 10, 1, "allocated", "b1", 1, "2030-01-01", *unset, *rest),
    ]
    from_stock = ("CHAIR", "o3", "", 0, 9, 3, "allocated", "b2", 3)
    assert lines[-1] in [
        (*from_stock, str(day), *unset, *rest) for day in (migrated, migrated - timedelta(days=1))
    ]


def test_the_unfinished_cascades_of_an_older_one_are_kept(empty_database: Database) -> None:
    upgrade_to("0009", empty_database)
    execute(empty_database, "INSERT INTO products VALUES ('CHAIR', 3, 2, false)")
    for n, ref in enumerate(["releases", "corrected"], start=1):
        batch = f"('{ref}', 'CHAIR', 10, 3, 3, NULL)"
        execute(
            empty_database,
            "INSERT INTO batches (reference, sku, initial_quantity, purchased_quantity,"
            f" allocated_quantity, eta) VALUES {batch}",
        )
        line = f"('CHAIR', 'o{n}', 3, '{ref}', {n}, {n})"
        execute(empty_database, f"INSERT INTO order_lines VALUES {line}")
    for n, (kind, body) in enumerate(
        [
            ("ReleaseContinued", {"ref": "releases", "qty": 1, "next_number": 1, "lost": 7}),
            ("ReleaseContinued", {"ref": "corrected", "qty": 1, "next_number": 1, "lost": 7}),
            ("FillContinued", {"sku": "CHAIR", "ref": "releases", "after": 5, "lost": 2}),
        ]
    ):
        written = json.dumps(body).replace(":", "\\:")
        execute(
            empty_database,
            "INSERT INTO messages (id, type, body, correlation_id, at, status, attempts)"
            f" VALUES ('m{n}', '{kind}', '{written}', 'm', '2030-01-01 10:00:00', 'pending', 1)",
        )
    upgrade(empty_database)
    assert rows_of(empty_database, "products") == [("CHAIR", 3, 2, False, 9, 5, 0)]
    with empty_database.reading() as connection:
        targets = connection.execute(text("SELECT target_quantity FROM batches ORDER BY reference"))
        assert targets.scalars().all() == [None, 1]


def test_the_log_of_an_older_one_is_kept_as_it_is(empty_database: Database) -> None:
    upgrade_to("0013", empty_database)
    for n, status in enumerate(["handled", "refused", "pending", "outgoing", "dead", "discarded"]):
        execute(
            empty_database,
            "INSERT INTO messages (id, type, body, correlation_id, causation_id, at, status,"
            " results, refusal, attempts, due, error, ordering_key, depth)"
            f" VALUES ('m{n}', 'BackInStock', '{{\"sku\"\\:\"CHAIR\"}}', 'm0', 'm0',"
            f" '2030-01-01 10:00:00', '{status}', '[]', '{{}}', {n}, '2030-01-02 10:00:00',"
            f" 'why', 'CHAIR', {n})",
        )
    before = rows_of(empty_database, "messages")
    upgrade(empty_database)
    submission = sender = None
    rows = [(*row, submission, sender) for row in before]
    assert rows_of(empty_database, "messages") == rows
    with pytest.raises(Conflict, match="status_is_known"):
        execute(empty_database, "UPDATE messages SET status = 'unheard of'")
    with pytest.raises(Conflict, match=r"(?i)unique"):
        execute(empty_database, "UPDATE messages SET id = 'm0'")


def test_the_receipts_of_an_older_one_are_known_by_their_shipments(
    empty_database: Database,
) -> None:
    upgrade_to("0016", empty_database)
    execute(empty_database, "INSERT INTO products VALUES ('CHAIR', 3, 2, false, 0, NULL, 0)")
    for ref in ("announced", "received"):
        execute(
            empty_database,
            "INSERT INTO batches (reference, sku, initial_quantity, purchased_quantity,"
            f" allocated_quantity) VALUES ('{ref}', 'CHAIR', 5, 5, 0)",
        )
    bodies = {
        "BatchPartiallyReceived": {"ref": "ship", "new_ref": "received", "qty": 5},
        "BatchReceived": {"ref": "received", "sku": "CHAIR", "qty": 5},
    }
    for n, (kind, body) in enumerate(bodies.items()):
        written, cause = json.dumps(body).replace(":", "\\:"), "'m0'" if n else "NULL"
        execute(
            empty_database,
            "INSERT INTO messages (id, type, body, correlation_id, causation_id, at, status,"
            f" attempts) VALUES ('m{n}', '{kind}', '{written}', 'm0', {cause},"
            " '2030-01-01 10:00:00', 'handled', 1)",
        )
    upgrade(empty_database)
    assert [(row[0], row[-1]) for row in rows_of(empty_database, "batches")] == [
        ("announced", None),
        ("received", "ship"),
    ]


def test_references_are_followed_again_after_an_upgrade(empty_database: Database) -> None:
    upgrade_to("0004", empty_database)
    upgrade(empty_database)
    batch = (
        "batches (reference, sku, initial_quantity, purchased_quantity, allocated_quantity)"
        " VALUES ('b1', 'CHAIR', 1, 1, 0)"
    )
    for row in (batch, A_LINE):
        with pytest.raises(Conflict, match=r"(?i)foreign key"):
            execute(empty_database, f"INSERT INTO {row}")


def test_references_are_followed_after_an_upgrade_that_could_not_begin(
    sqlite_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 1)
    database, somebody = open_database(sqlite_url), open_database(sqlite_url)
    with somebody.writing(), pytest.raises(StoreUnavailable), database.reshaping():
        pass
    with pytest.raises(Conflict, match=r"(?i)foreign key"):
        execute(database, f"INSERT INTO {A_LINE}")


def test_an_older_one_with_a_reference_to_nothing_is_left_as_it_is(
    empty_sqlite_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_sqlite_url)
    upgrade_to("0004", database)
    with database.reshaping() as connection:
        line = "('CHAIR', 'o1', 5, NULL, 1, NULL)"
        connection.execute(text(f"INSERT INTO order_lines VALUES {line}"))
        connection.commit()
    with pytest.raises(SchemaError, match=r"order_lines refer to nothing.*products"):
        upgrade(database)
    assert revision(database) == "0004"
    assert rows_of(database, "order_lines") == [("CHAIR", "o1", 5, None, 1, None)]


def test_a_newer_one_is_refused(database: Database) -> None:
    execute(database, "UPDATE alembic_version SET version_num = '9999'")
    for attempt in (prepare, upgrade):
        with pytest.raises(SchemaError, match=r"9999.*older than the database"):
            attempt(database)
    assert revision(database) == "9999"


@pytest.mark.parametrize("kind", ["TABLE products (sku TEXT)", "VIEW messages AS SELECT 1 AS one"])
def test_somebody_elses_is_refused(empty_database: Database, kind: str) -> None:
    execute(empty_database, f"CREATE {kind}")
    before = schema_of(empty_database)
    for attempt in (prepare, upgrade):
        with pytest.raises(SchemaError, match=f"not this program's.*{kind.split()[1]}"):
            attempt(empty_database)
    assert schema_of(empty_database) == before


def test_an_interrupted_migration_leaves_an_empty_database_which_is_given_its_tables_later(
    empty_database: Database,
) -> None:
    def interrupt(*args: object) -> None:
        if "CREATE INDEX ix_messages_unfinished" in str(args[2]):
            raise Broken

    event.listen(empty_database.engine, "before_cursor_execute", interrupt)
    with pytest.raises(Broken):
        upgrade(empty_database)
    event.remove(empty_database.engine, "before_cursor_execute", interrupt)
    assert schema_of(empty_database).keys().isdisjoint(TABLES)
    assert revision(empty_database) is None
    prepare(empty_database)
    assert revision(empty_database) == HEAD
    assert set(schema_of(empty_database)) >= TABLES


def test_tables_that_may_not_be_made(
    empty_postgresql_url: str, open_database: OpenDatabase
) -> None:
    owner = open_database(empty_postgresql_url)
    execute(owner, "DROP ROLE IF EXISTS guest")
    execute(owner, "CREATE ROLE guest LOGIN")
    guest = open_database(empty_postgresql_url.replace("postgres:@", "guest:@"))
    with pytest.raises(SchemaError, match="permission denied"):
        prepare(guest)


def prepare_together(url: str, start: Barrier) -> str | None:
    """In a process of its own, at the same moment as the others."""
    database = Database(url)
    try:
        start.wait(timeout=60)
        prepare(database)
        return revision(database)
    finally:
        database.close()


def test_processes_that_start_at_the_same_moment(empty_database_url: str) -> None:
    size, context = 3, get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(size, mp_context=context) as processes:
        start = manager.Barrier(size)
        futures = [
            processes.submit(prepare_together, empty_database_url, start) for _ in range(size)
        ]
        assert [revision.result() for revision in futures] == [HEAD] * size
