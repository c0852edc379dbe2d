"""Every table and every kind of value goes into a state file, and comes back as it was."""

import gzip
import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, LargeBinary, MetaData, Table, insert, inspect

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import STATE, messages
from allocation.adapters.sql.state_files import importing, reading
from allocation.adapters.sql.state_files.columns import encode, format_of
from allocation.adapters.sql.state_files.exporting import export_state
from tests.support.states import HARD_TEXT, all_rows

ZONES: Final = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
VALUES: Final[dict[type, st.SearchStrategy[Any]]] = {
    str: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9),
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    date: st.dates(),
    datetime: st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=ZONES),
}


def rows_of(table: Table) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Lists of rows that have everything which the types of the columns allow."""
    values = []
    for column in table.columns:
        if column.computed is None:
            impl = getattr(column.type, "impl_instance", column.type)
            of_column = VALUES[impl.python_type]
            values.append(st.none() | of_column if column.nullable else of_column)
    return st.lists(st.tuples(*values), max_size=4)


OWN = {"alembic_version", "log_state", "access_keys", "access_sessions"}
"""The tables that each database has for itself: its revision, its identity and its keys."""


@pytest.mark.parametrize("table", STATE, ids=lambda table: table.name)
@given(data=st.data())
@settings(deadline=None)
def test_any_row_comes_back_as_it_was(table: Table, data: st.DataObject) -> None:
    rows = data.draw(rows_of(table))

    lines = encode(rows).splitlines()

    assert len(lines) == len(rows)
    decoded = format_of(table).decode(lines)
    assert decoded == rows
    assert [[type(value) for value in row] for row in decoded] == [
        [type(value) for value in row] for row in rows
    ]


def test_every_table_and_column_of_the_state_is_in_the_file(database: Database) -> None:
    file = BytesIO()
    export_state(database, file, lambda *_: None)
    lines = [json.loads(line) for line in gzip.decompress(file.getvalue()).splitlines()]
    exported = {line["table"]: line["columns"] for line in lines[1:-1]}

    inspector = inspect(database.engine)
    stored = {
        name: [c["name"] for c in inspector.get_columns(name) if "computed" not in c]
        for name in inspector.get_table_names()
        if name not in OWN
    }
    assert {name: sorted(columns) for name, columns in exported.items()} == {
        name: sorted(columns) for name, columns in stored.items()
    }


def test_a_column_of_another_type_has_no_encoding_yet() -> None:
    table = Table("pictures", MetaData(), Column("picture", LargeBinary))

    with pytest.raises(TypeError, match="no encoding is defined for pictures\\.picture"):
        format_of(table)


def test_values_at_their_bounds_go_through_a_database(
    database: Database, empty_database_url: str, tmp_path: Path
) -> None:
    base = {
        "type": "X",
        "body": '{"orderid":"\\u00e9"}',
        "correlation_id": "c",
        "attempts": 2**31 - 1,
        "status": "handled",
        "error": HARD_TEXT,
        "results": "",
        "refusal": None,
    }
    late = datetime(2030, 1, 1, 1, 2, 3, 999_999, tzinfo=UTC)
    rows = [
        base | {"id": "1", "at": late, "due": late.replace(microsecond=1)},
        base | {"id": "2", "at": late.replace(microsecond=0), "due": None},
        base | {"id": "\U0010ffff" * 255, "at": late.astimezone(timezone(timedelta(hours=9)))},
    ]
    with database.writing() as connection:
        connection.execute(insert(messages), [{"due": None, **row} for row in rows])
        connection.commit()
    file = tmp_path / "state.gz"
    with file.open("wb") as target:
        assert export_state(database, target, lambda *_: None) == 3

    assert importing.import_state(empty_database_url, file, lambda *_: None) == 3

    url = database.engine.url.render_as_string(False).replace("+psycopg", "")
    assert all_rows(empty_database_url) == all_rows(url)


def test_a_file_is_read_in_portions(
    database: Database, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as connection:
        row = {"type": "X", "body": "{}", "correlation_id": "c", "attempts": 0, "status": "dead"}
        at = datetime(2030, 1, 1, tzinfo=UTC)
        connection.execute(insert(messages), [row | {"id": f"{n}", "at": at} for n in range(25)])
        connection.commit()
    file = tmp_path / "state.gz"
    with file.open("wb") as target:
        export_state(database, target, lambda *_: None)
    monkeypatch.setattr(reading, "PORTION", 10)
    reports = list[tuple[int, int, int]]()

    importing.import_state(empty_database_url, file, lambda *report: reports.append(report))

    assert [rows for rows, _, _ in reports] == [10, 20, 25]
    size = file.stat().st_size
    assert all(0 < done <= total == size for _, done, total in reports)
    with closing(Database(empty_database_url)):
        assert len(all_rows(empty_database_url)["messages"]) == 25
