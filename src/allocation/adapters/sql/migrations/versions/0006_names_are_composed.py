"""Names are normalised to NFC, without invisible characters: ADR 24.

Names that become equal are numbered, which is logged. Nothing is merged, since only the users
know whether two names mean the same thing.
"""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from allocation.adapters.sql.migrations.names import Names, Spellings, numbered, respelt
from allocation.domain.characters import composed

revision = "0006"
down_revision = "0005"

AT_ONCE = 1000

logger = logging.getLogger("allocation.migrations")
encoder = msgspec.json.Encoder(order="deterministic")


def upgrade() -> None:
    """Replace the old spellings of all names, in the tables and in the log."""
    skus = _new_names("products", "sku")
    refs = _new_names("batches", "reference")
    orders = _new_orders(skus)
    ids = _new_names("messages", "id")
    _rename("products", "sku", skus, {"batches": "sku", "order_lines": "sku"})
    _rename(
        "batches", "reference", refs, {"order_lines": "batchref", "opening_balances": "reference"}
    )
    _update("order_lines", "orderid", orders)
    _rewrite_messages(Spellings(skus, refs, orders, ids), ids)
    for what, names in ("product", skus), ("batch", refs), ("order", orders), ("message", ids):
        _log_renames(what, names)


def _new_names(table: str, column: str) -> Names:
    names: Names = {}
    new: set[str] = set()
    is_taken = _taken(table, column, new)
    for name in _beyond_ascii(table, column):
        wanted = respelt(name)
        if wanted != name:
            names[name] = numbered(wanted, is_taken) if is_taken(wanted) else wanted
            new.add(names[name])
    return names


def _taken(table: str, column: str, new: set[str]) -> Callable[[str], bool]:
    """Make a test whether a name is in a table, or among the new names."""
    query = sa.text(f"SELECT 1 FROM {table} WHERE {column} = :name")  # noqa: S608
    return lambda name: name in new or bool(op.get_bind().execute(query, {"name": name}).first())


def _new_orders(skus: Names) -> Names:
    """The new order ids; orders with equal names join, unless both have a line for a product."""
    names: Names = {}
    joined: dict[str, set[str]] = {}
    new: set[str] = set()
    is_taken = _taken("order_lines", "orderid", new)
    for orderid in _beyond_ascii("order_lines", "orderid"):
        wanted = respelt(orderid)
        if wanted == orderid:
            continue
        lines = _skus_of(orderid, skus)
        if lines & joined.setdefault(wanted, _skus_of(wanted, skus)):
            names[orderid] = numbered(wanted, is_taken)
        else:
            names[orderid] = wanted
            joined[wanted] |= lines
        new.add(names[orderid])
    return names


def _skus_of(orderid: str, skus: Names) -> set[str]:
    query = sa.text("SELECT sku FROM order_lines WHERE orderid = :orderid")
    rows = op.get_bind().execute(query, {"orderid": orderid}).scalars()
    return {skus.get(sku, sku) for sku in rows}


def _beyond_ascii(table: str, column: str) -> list[str]:
    query = f"SELECT DISTINCT {column} FROM {table} WHERE {_is_beyond_ascii(column)}"  # noqa: S608
    return sorted(op.get_bind().execute(sa.text(query)).scalars())


def _is_beyond_ascii(column: str) -> str:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    size = f"length(CAST({column} AS BLOB))" if is_sqlite else f"octet_length({column})"
    return f"{size} <> length({column})"


def _rename(table: str, column: str, names: Names, references: dict[str, str]) -> None:
    """Copy each row to its new name, update the references to it, and delete the old row."""
    bind = op.get_bind()
    rows = sa.Table(table, sa.MetaData(), autoload_with=bind, resolve_fks=False)
    key = rows.c[column]
    for old, new in names.items():
        others = [sa.literal(new) if c is key else c for c in rows.c]
        copied = sa.select(*others).where(key == old)
        bind.execute(rows.insert().from_select(list(rows.c.keys()), copied))
    for referring, by in references.items():
        _update(referring, by, names)
    for old in names:
        bind.execute(rows.delete().where(key == old))


def _update(table: str, column: str, names: Names) -> None:
    if not names:
        return
    bind = op.get_bind()
    rows = [{"old": old, "new": new} for old, new in names.items()]
    bind.execute(sa.text("CREATE TEMPORARY TABLE respelt (old TEXT PRIMARY KEY, new TEXT)"))
    bind.execute(sa.text("INSERT INTO respelt VALUES (:old, :new)"), rows)
    new = f"(SELECT new FROM respelt WHERE old = {table}.{column})"  # noqa: S608
    changed = f"{column} IN (SELECT old FROM respelt)"  # noqa: S608
    bind.execute(sa.text(f"UPDATE {table} SET {column} = {new} WHERE {changed}"))  # noqa: S608
    bind.execute(sa.text("DROP TABLE respelt"))


_READ = ("seq", "id", "correlation_id", "causation_id", "type", "body", "results", "refusal", "sku")


def _rewrite_messages(spellings: Spellings, ids: Names) -> None:
    texts = [column for column in _READ if column not in ("seq", "type")]
    page = sa.text(
        f"SELECT {', '.join(_READ)} FROM messages WHERE seq > :after"  # noqa: S608
        f" AND ({' OR '.join(map(_is_beyond_ascii, texts))}) ORDER BY seq LIMIT {AT_ONCE}"
    )
    write = sa.text(
        f"UPDATE messages SET {', '.join(f'{c} = :{c}' for c in texts)}"  # noqa: S608
        " WHERE seq = :seq"
    )
    bind, after = op.get_bind(), 0
    while rows := bind.execute(page, {"after": after}).mappings().all():
        bind.execute(write, [_respelt_message(dict(row), spellings, ids) for row in rows])
        after = rows[-1]["seq"]


def _respelt_message(row: dict[str, Any], spellings: Spellings, ids: Names) -> dict[str, Any]:
    for column in ("id", "correlation_id", "causation_id"):
        row[column] = ids.get(row[column], row[column])
    kind = row.pop("type")
    row["sku"] = spellings.of("sku", row["sku"])
    row["body"] = _changed(row["body"], spellings.facts)
    row["results"] = _changed(row["results"], lambda results: spellings.results(kind, results))
    row["refusal"] = _changed(
        row["refusal"], lambda refusal: {**refusal, "facts": spellings.facts(refusal["facts"])}
    )
    return row


def _changed(text: str | None, change: Callable[[Any], Any]) -> str | None:
    return None if text is None else encoder.encode(change(msgspec.json.decode(text))).decode()


def _log_renames(what: str, names: Names) -> None:
    """Log the names that look different now; the composed form of a name looks the same."""
    for old, new in names.items():
        if new != composed(old):
            logger.warning("renamed the %s %a to %s", what, old, new)
