"""The facts about order lines in the message log, found by the id of the order (ADR 38)."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Index, String, func, literal_column, text

from allocation.adapters.sql.engine.conditions import is_one_of
from allocation.adapters.sql.message_log.schema import messages

FACT_TYPES: Final = (
    *("Allocated", "Deallocated", "Backordered", "Shipped", "Unshipped", "Cancelled"),
    *("PromiseChanged", "PromiseLost"),
)
"""The names of the facts about order lines."""

LINE_FACTS: Final = is_one_of("type", FACT_TYPES)
"""The condition of the index; queries must repeat it literally to use the index."""

INDEX: Final = "ix_messages_line_facts"


def on_sqlite(name: str) -> ColumnElement[str]:
    """The expression for an attribute in the body of a fact, as SQLite indexes it."""
    return literal_column(f"json_extract(body, '$.{name}')", String)


def on_postgresql(name: str) -> ColumnElement[str]:
    """The expression for an attribute in the body of a fact, as PostgreSQL indexes it.

    Its texts are compared byte by byte, which is faster than by the rules of a language.
    """
    return literal_column(f"((CAST(body AS json) ->> '{name}') COLLATE \"C\")", String)


ATTRIBUTE: Final = {"sqlite": on_sqlite, "postgresql": on_postgresql}
"""The expression for an attribute in the body of a fact, by database."""


def line_of_fact(dialect: str) -> tuple[ColumnElement[Any], ...]:
    """The order id, the sku and the line's name in the body of a fact."""
    attribute = ATTRIBUTE[dialect]
    return attribute("orderid"), attribute("sku"), func.coalesce(attribute("line"), "")


def _index(dialect: str) -> None:
    where = text(LINE_FACTS)
    index = Index(
        INDEX,
        ATTRIBUTE[dialect]("orderid"),
        messages.c.seq,
        sqlite_where=where,
        postgresql_where=where,
    )
    index.ddl_if(dialect=dialect)


for _dialect in ATTRIBUTE:
    _index(_dialect)
