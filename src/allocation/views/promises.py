"""Queries of the promises that a message and its follow-ups changed, from facts in the log."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.domain.events import PromiseChanged
from allocation.domain.promises import PromisePage, changed_promise
from allocation.views.listed import LISTED


def _page(order: ColumnElement[int]) -> Select[Any]:
    return (
        select(messages.c.seq, messages.c.body)
        .where(
            messages.c.correlation_id == bindparam("chain"),
            messages.c.causation_id.is_not(None),
            messages.c.type == bindparam("fact", type_=String),
            messages.c.seq > bindparam("after"),
        )
        .order_by(order)
        .limit(bindparam("rows"))
    )


_ON_SQLITE: Final = _page(messages.c.seq)
# An expression, lest PostgreSQL search the whole log in order for the facts of the chain.
_ON_POSTGRESQL: Final = _page(messages.c.seq + 0)


class PromiseViews:
    """Queries of the promises that a message has changed."""

    def __init__(self, database: Database, fact: str) -> None:
        """`fact` is the name of `PromiseChanged` in the log."""
        self._database = database
        self._name = fact

    def page(self, chain: str, after: int = 0, limit: int = LISTED) -> PromisePage:
        """A page of the promises changed by the message with this id and by its follow-ups.

        The cursor is the log number of the last fact on the previous page.
        """
        key = {"chain": chain, "fact": self._name, "after": after, "rows": limit + 1}
        with self._database.reading() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            rows = connection.execute(_ON_SQLITE if is_sqlite else _ON_POSTGRESQL, key).all()
        promises = [changed_promise(_fact(json.loads(row.body))) for row in rows[:limit]]
        return PromisePage(promises, rows[limit - 1].seq if len(rows) > limit else None)


def _fact(body: Mapping[str, Any]) -> PromiseChanged:
    return PromiseChanged(
        body["orderid"],
        body["sku"],
        body["qty"],
        body.get("from_batchref"),
        _day(body, "from_day"),
        body["to_batchref"],
        _day(body, "to_day"),
        body.get("line"),
        _day(body, "required_by"),
        _day(body, "first_promised"),
    )


def _day(body: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(body[name]) if body.get(name) else None
