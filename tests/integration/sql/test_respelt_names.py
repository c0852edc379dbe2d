"""What an older version has taken in under names that look the same, after the migration."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.migrate import upgrade
from allocation.adapters.sql.migrations import names
from allocation.adapters.sql.migrations.names import respelt
from tests.integration.http.conftest import Client, served
from tests.support.commands import allocation_here
from tests.support.ledger import read_ledger
from tests.support.requests import a_batch_body, a_line_body, add_batch, allocate, post

COMPOSED, DECOMPOSED = "L\u00d6T", "LO\u0308T"
EMOJI, SELECTED = "\U0001f6cb", "\U0001f6cb\ufe0f"
COLUMNS = {
    "products": ("sku",),
    "batches": ("reference", "sku"),
    "order_lines": ("sku", "orderid", "batchref"),
    "messages": (
        *("id", "correlation_id", "causation_id", "body", "results", "refusal", "ordering_key"),
    ),
}


@pytest.mark.parametrize(
    ("older", "now"),
    [
        ("LAMP", "LAMP"),
        (COMPOSED, COMPOSED),
        (DECOMPOSED, COMPOSED),
        (SELECTED, EMOJI),
        ("\u0308", "\u25cc\u0308"),
        ("\u3164", "nameless"),
        ("a \u034f", "a"),
        ("e\u034f\u0301", "\u00e9"),
        ("\u034f \u0301", "\u25cc\u0301"),
        ("a" * 254 + " b", "a" * 254),
        ("\u0344" * 255, ("\u25cc" + "\u0308\u0301" * 255)[:255]),
    ],
)
def test_a_name_is_spelt_as_one_that_enters_today(older: str, now: str) -> None:
    assert respelt(older) == now


UNDO = (
    "DROP TABLE access_sessions",
    "DROP TABLE access_keys",
    "DROP TABLE log_state",
    "ALTER TABLE messages DROP COLUMN sender",
    "DROP INDEX ix_products_folded_sku",
    "DROP INDEX ix_batches_due",
    "DROP INDEX ix_batches_open",
    "DROP INDEX ix_batches_sku_eta_reference",
    "CREATE TABLE lines_then AS SELECT * FROM order_lines",
    "DROP TABLE order_lines",
    "CREATE TABLE order_lines (sku VARCHAR(255) NOT NULL, orderid VARCHAR(255) NOT NULL,"
    " qty BIGINT NOT NULL, batchref VARCHAR(255), position BIGINT NOT NULL, promise BIGINT,"
    " CONSTRAINT pk_order_lines PRIMARY KEY (orderid, sku))",
    "INSERT INTO order_lines SELECT sku, orderid, qty, batchref, position, promise FROM lines_then",
    "DROP TABLE lines_then",
    "CREATE INDEX ix_order_lines_promised ON order_lines (batchref, promise)",
    "CREATE INDEX ix_order_lines_waiting ON order_lines (sku, qty, position)",
    "ALTER TABLE batches DROP COLUMN exhausted",
    *(
        f"ALTER TABLE batches DROP COLUMN {name}"
        for name in ("initial_eta", "blocked", "cancelled", "received_from")
    ),
    "ALTER TABLE batches DROP COLUMN target_quantity",
    "ALTER TABLE products DROP COLUMN lost",
    "ALTER TABLE products DROP COLUMN fill_after",
    "ALTER TABLE products DROP COLUMN unreported",
    "CREATE INDEX ix_batches_sku ON batches (sku)",
    "DROP INDEX ix_messages_line_facts",
    "DROP INDEX ix_messages_pending",
    "ALTER TABLE messages RENAME COLUMN status TO fate",
    "ALTER TABLE messages RENAME COLUMN ordering_key TO sku",
    "ALTER TABLE messages DROP COLUMN depth",
    "ALTER TABLE messages DROP COLUMN submission",
    "DROP TABLE opening_backorders",
    "ALTER TABLE opening_balances RENAME COLUMN announced_quantity TO purchased_quantity",
    "ALTER TABLE opening_balances RENAME COLUMN announced_by TO as_of",
    *(
        f"ALTER TABLE opening_balances DROP COLUMN {name}_quantity"
        for name in ("adjusted", "shipped")
    ),
    "DELETE FROM messages WHERE type IN ('Deallocated', 'Backordered', 'BatchQuantityAdjusted',"
    " 'Digest')",
    "UPDATE alembic_version SET version_num = '0005'",
)
"""What makes the tables those of revision 0005."""


@pytest.fixture
def older(database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Spells names in the database as an older version would have kept them."""

    @contextmanager
    def spelling(**as_it_was: str) -> Iterator[Connection]:
        with database.reshaping() as connection:
            if not database.is_sqlite:
                connection.execute(text("SET session_replication_role = replica"))
            for now, then in as_it_was.items():
                for table, columns in COLUMNS.items():
                    for column in columns:
                        change = f"UPDATE {table} SET {column} = replace({column}, :now, :then)"
                        connection.execute(text(change), {"now": now, "then": then})
            yield connection
            for statement in UNDO:
                connection.execute(text(statement))
            connection.commit()

    return spelling


@pytest.fixture
def upgraded(database: Database, database_url: str, older: Any) -> Any:
    """Serves what an older version has left under these names, when it has been upgraded."""

    @contextmanager
    def upgrading(**names: str) -> Iterator[Client]:
        with older(**names):
            pass
        upgrade(database)
        with served(database_url) as client:
            yield client

    return upgrading


def test_names_are_found_as_they_are_spelt_today(
    database_url: str, tmp_path: Path, upgraded: Any
) -> None:
    with served(database_url) as client:
        add_batch(client, "REF", qty=10, sku="SKU")
        post(client, "/add_batch", a_batch_body(ref="REF", sku="SKU", qty=11), "ID")
        allocate(client, "ORDER", qty=4, sku="SKU")
        post(client, "/allocate", a_line_body(orderid="LATER", qty=3, sku="SKU"), "IDD")
        post(client, "/change_batch_quantity", {"ref": "REF", "qty": 5}, "CHANGE")
    with upgraded(
        REF=f"b-{DECOMPOSED}", SKU=SELECTED, ORDER=DECOMPOSED, IDD=f"k-{DECOMPOSED}"
    ) as client:
        [line] = client.get(f"/allocations/{quote(COMPOSED)}").json()
        assert (line["sku"], line["batchref"]) == (EMOJI, f"b-{COMPOSED}")
        assert allocate(client, DECOMPOSED, qty=4, sku=EMOJI) == f"b-{COMPOSED}"
        again = a_line_body(orderid="LATER", qty=3, sku=EMOJI)
        answer = post(client, "/allocate", again, f"k-{DECOMPOSED}")
        assert (answer.status_code, answer.json()["batchref"]) == (201, f"b-{COMPOSED}")
        change = {"ref": f"b-{DECOMPOSED}", "qty": 5}
        body = post(client, "/change_batch_quantity", change, "CHANGE").json()
        assert [move["orderid"] for move in body["moved"]] == ["LATER"]
        other = post(client, "/add_batch", a_batch_body(ref=f"b-{COMPOSED}", sku=EMOJI, qty=11))
        assert other.status_code == 409
    ended = allocation_here("verify", "--database", database_url, cwd=tmp_path)
    assert ended.stdout == "1 batch: every quantity is explained.\n"
    assert not_ascii(database_url, DECOMPOSED, SELECTED) == []


def test_two_names_that_look_the_same_stay_distinguishable(
    database: Database, database_url: str, tmp_path: Path, older: Any
) -> None:
    with served(database_url) as client:
        for name, qty in ((COMPOSED, 10), ("TWIN", 20)):
            add_batch(client, name, qty=qty, sku=name)
            allocate(client, name, qty=5, sku=name)
        add_batch(client, "b1", qty=10)
        for order in (COMPOSED, "TWIN"):
            allocate(client, order, qty=5)
    with older(TWIN=DECOMPOSED):
        pass

    ended = allocation_here("migrate", "--database", database_url, cwd=tmp_path)

    twin = f"{COMPOSED}~2"
    assert ended.returncode == 0
    for what in ("product", "batch", "order"):
        assert f"renamed the {what} 'LO\\\\u0308T' to " in ended.stderr
    with served(database_url) as client:
        for name, qty in ((COMPOSED, 10), (twin, 20)):
            product = client.get(f"/products/{quote(name)}").json()
            [batch] = product["batches"]
            assert (batch["batchref"], batch["purchased_quantity"]) == (name, qty)
            lines = client.get(f"/allocations/{quote(name)}").json()
            assert [(line["sku"], line["batchref"]) for line in lines] == [
                ("LAMP", "b1"),
                (name, name),
            ]
        answer = post(client, "/change_batch_quantity", {"ref": twin, "qty": 1}).json()
        assert [move["orderid"] for move in answer["moved"]] == [twin]
    ended = allocation_here("verify", "--database", database_url, cwd=tmp_path)
    assert ended.stdout == "3 batches: every quantity is explained.\n"


def test_an_order_joins_an_order_that_looks_the_same(database_url: str, upgraded: Any) -> None:
    with served(database_url) as client:
        for order, sku in ((COMPOSED, "LAMP"), ("TWIN", "SOFA")):
            add_batch(client, f"batch of {sku}", sku=sku)
            allocate(client, order, sku=sku)
    with upgraded(TWIN=DECOMPOSED) as client:
        lines = client.get(f"/allocations/{quote(COMPOSED)}").json()
    assert [(line["orderid"], line["sku"]) for line in lines] == [
        (COMPOSED, "LAMP"),
        (COMPOSED, "SOFA"),
    ]


def test_an_order_whose_letters_were_held_apart_is_not_promised_again(
    database_url: str, upgraded: Any
) -> None:
    with served(database_url) as client:
        add_batch(client, "b1", qty=10)
        allocate(client, "ORDER", qty=4)
    with upgraded(ORDER="e\u034f\u0301") as client:
        for order in ("e\u0301", "\u00e9"):
            allocate(client, order, qty=4)
        [batch] = client.get("/products/LAMP").json()["batches"]
    assert batch["available_quantity"] == 6


def test_a_key_is_reused_if_it_or_a_name_of_its_message_has_a_number_now(
    database_url: str, upgraded: Any
) -> None:
    bodies = {
        "KEY": a_batch_body(ref="b1"),
        COMPOSED: a_batch_body(ref=COMPOSED),
        "RENAMED": a_batch_body(ref="TWIN"),
        "TWIN": a_batch_body(ref="b2"),
    }
    with served(database_url) as client:
        for key, body in bodies.items():
            post(client, "/add_batch", body, key).raise_for_status()
    with upgraded(TWIN=DECOMPOSED) as client:
        for key, body, status in (
            ("KEY", bodies["KEY"], 201),
            (COMPOSED, bodies[COMPOSED], 201),
            ("RENAMED", a_batch_body(ref=DECOMPOSED), 422),
            (DECOMPOSED, bodies["TWIN"], 422),
        ):
            answer = post(client, "/add_batch", body, key)
            assert answer.status_code == status, answer.text
            assert status == 201 or answer.json()["code"] == "id_reused"


class CountedName(str):
    """A name that counts how often its kind is looked up in a set or a dictionary."""

    hashed = 0

    def __hash__(self) -> int:
        CountedName.hashed += 1
        return super().__hash__()


def test_each_new_name_is_compared_with_the_others_without_collecting_them_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, older: Any
) -> None:
    count = 200
    with older() as connection:
        for number in range(count):
            row = {"sku": f"{DECOMPOSED}-{number}"}
            connection.execute(
                text("INSERT INTO products VALUES (:sku, 1, 0, false, 0, NULL, 0)"), row
            )
    monkeypatch.setattr(names, "respelt", lambda name: CountedName(respelt(name)))
    monkeypatch.setattr(CountedName, "hashed", 0)

    upgrade(database)

    assert count <= CountedName.hashed <= 10 * count


def not_ascii(url: str, *spellings: str) -> list[str]:
    """The rows that still have one of these in them."""
    ledger = read_ledger(url)
    rows = [*ledger.batches, *ledger.lines, *ledger.messages]
    body = [json.dumps(dict(row), default=str, ensure_ascii=False) for row in rows]
    return [row for row in body if any(spelling in row for spelling in spellings)]
