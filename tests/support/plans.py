"""How a database goes about a statement."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from allocation.adapters.sql.engine.database import Database
from tests.support.spies import Traffic


def scanned(database: Database, statement: str, parameters: Any) -> list[str]:
    """The tables of which a statement reads every row, and what it must sort."""
    with database.writing() as connection:
        explain = _sqlite if database.is_sqlite else _postgresql
        return explain(connection, statement, parameters)


def bad_plans(
    database: Database, traffic: Traffic, allowed: Mapping[str, set[str]]
) -> dict[str, set[str]]:
    """The statements of which one does more than those like it may, and what that is."""
    bad = {}
    for statement, parameters in traffic.statements:
        if statement.startswith("SET "):
            continue
        may = [tables for table, tables in allowed.items() if table in statement]
        if problems := set(scanned(database, statement, parameters)).difference(*may):
            bad[statement] = problems
    return bad


def indexes(database: Database, statement: str, parameters: Any) -> set[str]:
    """The names of the indexes that a statement reads."""
    with database.writing() as connection:
        if database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            matches = (re.search(r"USING (?:COVERING )?INDEX (\w+)", str(row[-1])) for row in rows)
            return {match[1] for match in matches if match is not None}
        explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        nodes = _nodes(explained.scalar_one()[0]["Plan"])
        return {node["Index Name"] for node in nodes if "Index Name" in node}


def effort(database: Database, traffic: Traffic) -> int:
    """The instructions of SQLite, or the rows that PostgreSQL handles, when all is run again."""
    measure = _instructions if database.is_sqlite else _rows
    with database.reading() as connection:
        return sum(measure(connection, *statement) for statement in traffic.statements)


def _instructions(connection: Connection, statement: str, parameters: Any) -> int:
    ticks: list[None] = []
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: ticks.append(None), 100)
    connection.exec_driver_sql(statement, parameters).all()
    driver.set_progress_handler(None, 0)
    return 100 * len(ticks)


def _rows(connection: Connection, statement: str, parameters: Any) -> int:
    explained = connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters
    )
    counts = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    return sum(
        node["Actual Loops"] * node.get(count, 0)
        for node in _nodes(explained.scalar_one()[0]["Plan"])
        for count in counts
    )


def _sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    details = [str(row[-1]) for row in rows]
    problems = ("SCAN", "USE TEMP B-TREE")
    # The keys that are asked for are a table too, to SQLite, and so is no table at all.
    harmless = ("VIRTUAL", "SCAN CONSTANT ROW")
    return [
        detail
        for detail in details
        if detail.startswith(problems) and not any(word in detail for word in harmless)
    ]


def _postgresql(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Planned for these parameters, and for any: a statement run often settles for the latter."""
    names = list(parameters)
    numbered = re.sub(r"%\((\w+)\)s", lambda m: f"${names.index(m[1]) + 1}", statement)
    explained = (
        connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters),
        connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON, GENERIC_PLAN) {numbered}"),
    )
    plans = [plan.scalar_one()[0]["Plan"] for plan in explained]
    return [problem for plan in plans for node in _nodes(plan) for problem in _problems(node)]


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(n for child in node.get("Plans", ()) for n in _nodes(child))]


def _problems(node: dict[str, Any]) -> list[str]:
    kind, table = node["Node Type"], node.get("Relation Name", "")
    whole_index = "Index" in kind and "Index Cond" not in node
    if kind == "Seq Scan" or whole_index or kind in ("Sort", "Incremental Sort"):
        return [f"{kind} {table} {node.get('Index Name', '')}".strip()]
    return []
