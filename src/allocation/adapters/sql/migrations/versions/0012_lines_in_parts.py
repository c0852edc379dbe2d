"""Order lines are stored in parts, each with a state; batches can be blocked and cancelled.

A waiting line is counted by its units in the opening balance of its sku, since parts of it can be
allocated. The opening balances become those that explain the lines that wait now: run
`allocation verify` before the migration to see a difference that nothing explained before.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

AT_ONCE = 5_000

FINGERPRINTS = 2**63

INDEXES_BEFORE = ("promised", "waiting", "queue")
COPY = sa.text(
    "INSERT INTO order_lines (sku, orderid, qty, position, state, batchref, promise,"
    " first_promised, least_room)"
    " SELECT l.sku, l.orderid, l.qty, l.position,"
    " CASE WHEN l.batchref IS NULL THEN 'waiting' ELSE 'allocated' END, l.batchref, l.promise,"
    " CASE WHEN l.batchref IS NULL THEN NULL ELSE coalesce(b.eta, :today) END,"
    " CASE WHEN l.batchref IS NULL THEN l.qty ELSE NULL END"
    " FROM order_lines_before l LEFT JOIN batches b ON b.reference = l.batchref"
    " ORDER BY l.orderid, l.sku"
).bindparams(sa.bindparam("today", type_=sa.Date()))
WAITING = sa.text("SELECT sku, orderid, qty FROM order_lines WHERE state = 'waiting'")
FACTS = sa.text(
    "SELECT seq, type, body FROM messages WHERE seq > :after AND status = 'handled'"
    " AND type IN ('Allocated', 'Deallocated', 'Backordered') ORDER BY seq LIMIT :rows"
)

Sums = dict[str, list[int]]
"""By sku: units, fingerprint."""


def upgrade() -> None:
    """Change the tables, keep their rows, and recompute the opening balances of waiting units."""
    op.add_column("products", sa.Column("unreported", COUNT, nullable=False, server_default="0"))
    _change_batches()
    _change_order_lines()
    op.add_column(
        "opening_balances", sa.Column("shipped_quantity", COUNT, nullable=False, server_default="0")
    )
    _replace_opening_backorders()


def _change_batches() -> None:
    op.drop_index("ix_batches_open", "batches")
    if op.get_context().dialect.name == "sqlite":
        op.drop_index("ix_batches_sku_eta_reference", "batches")
        _rebuild_batches()
        op.create_index("ix_batches_sku_eta_reference", "batches", ["sku", "eta", "reference"])
    else:
        op.drop_column("batches", "exhausted")
        op.add_column("batches", sa.Column("initial_eta", sa.Date()))
        op.execute("UPDATE batches SET initial_eta = eta WHERE eta IS NOT NULL")
        for name in ("blocked", "cancelled"):
            op.add_column("batches", _flag(name))
        op.add_column("batches", _exhausted())
    _partial_index("ix_batches_open", "batches", ["sku"], "NOT exhausted")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _exhausted() -> sa.Column[bool]:
    condition = "blocked OR allocated_quantity >= purchased_quantity"
    computed = sa.Computed(condition, persisted=True)
    return sa.Column("exhausted", sa.Boolean(), computed, nullable=False)


def _rebuild_batches() -> None:
    """SQLite cannot add a stored computed column: rebuild the table and copy its rows."""
    op.create_table(
        "batches_after",
        sa.Column("reference", NAME, nullable=False),
        sa.Column("sku", NAME, nullable=False),
        sa.Column("initial_quantity", COUNT, nullable=False),
        sa.Column("purchased_quantity", COUNT, nullable=False),
        sa.Column("allocated_quantity", COUNT, nullable=False),
        sa.Column("eta", sa.Date()),
        sa.Column("target_quantity", COUNT),
        sa.Column("initial_eta", sa.Date()),
        _flag("blocked"),
        _flag("cancelled"),
        _exhausted(),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_batches")),
        sa.CheckConstraint(
            "allocated_quantity BETWEEN 0 AND purchased_quantity",
            name=op.f("ck_batches_not_oversold"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_batches_sku")),
        sqlite_with_rowid=False,
    )
    columns = (
        "reference, sku, initial_quantity, purchased_quantity, allocated_quantity, eta,"
        " target_quantity"
    )
    op.execute(
        f"INSERT INTO batches_after ({columns}, initial_eta)"  # noqa: S608 - constants
        f" SELECT {columns}, eta FROM batches ORDER BY reference"
    )
    op.drop_table("batches")
    op.rename_table("batches_after", "batches")


def _change_order_lines() -> None:
    """Rebuild the table: nearly every row gets another value, and the key changes."""
    for name in INDEXES_BEFORE:
        op.drop_index(f"ix_order_lines_{name}", "order_lines")
    op.rename_table("order_lines", "order_lines_before")
    if op.get_context().dialect.name != "sqlite":
        # The names of these constraints would be taken.
        op.drop_constraint(op.f("pk_order_lines"), "order_lines_before")
        for name in ("sku", "orderid", "qty", "position"):
            op.alter_column("order_lines_before", name, nullable=True)
    _create_order_lines()
    op.get_bind().execute(COPY, {"today": datetime.now(UTC).date()})
    op.drop_table("order_lines_before")
    allocated, waiting = "state = 'allocated'", "state = 'waiting'"
    _line_index("promised", ["batchref", "promise"], allocated)
    _line_index("due", ["batchref", "due"], f"{allocated} AND due IS NOT NULL")
    _line_index("unreported", ["sku", "position"], "stale_batchref IS NOT NULL")
    _line_index("waiting", ["sku", "least_room", "position"], waiting)
    _line_index("queue", ["sku", "position", "least_room"], waiting)


def _create_order_lines() -> None:
    op.create_table(
        "order_lines",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("orderid", NAME, nullable=False),
        sa.Column("line", NAME, nullable=False, server_default=""),
        sa.Column("part", COUNT, nullable=False, server_default="0"),
        sa.Column("qty", COUNT, nullable=False),
        sa.Column("position", COUNT, nullable=False),
        sa.Column("state", sa.String(9), nullable=False, server_default="allocated"),
        sa.Column("batchref", NAME),
        sa.Column("promise", COUNT),
        sa.Column("first_promised", sa.Date()),
        sa.Column("ordered", COUNT),
        sa.Column("first_qty", COUNT),
        sa.Column("least_room", COUNT),
        sa.Column("due", sa.Date()),
        sa.Column("required_by", sa.Date()),
        sa.Column("split", sa.Boolean()),
        sa.Column("stale_batchref", NAME),
        sa.Column("stale_day", sa.Date()),
        sa.PrimaryKeyConstraint("orderid", "sku", "line", "part", name=op.f("pk_order_lines")),
        *_checks(),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_order_lines_sku")),
        sa.ForeignKeyConstraint(
            ["batchref"], ["batches.reference"], name=op.f("fk_order_lines_batchref")
        ),
        sqlite_with_rowid=False,
    )


def _checks() -> Iterator[sa.CheckConstraint]:
    for name, condition in (
        ("qty_positive", "qty > 0"),
        ("promised_if_allocated", "(state = 'allocated') = (promise IS NOT NULL)"),
        ("batch_by_state", "(state IN ('allocated', 'shipped')) = (batchref IS NOT NULL)"),
        ("room_if_waiting", "(state = 'waiting') = (least_room IS NOT NULL)"),
    ):
        yield sa.CheckConstraint(condition, name=op.f(f"ck_order_lines_{name}"))


def _line_index(name: str, columns: list[str], predicate: str) -> None:
    _partial_index(f"ix_order_lines_{name}", "order_lines", columns, predicate)


def _partial_index(name: str, table: str, columns: list[str], predicate: str) -> None:
    where = sa.text(predicate)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _replace_opening_backorders() -> None:
    sums: Sums = {}
    for sku, orderid, qty in op.get_bind().execute(WAITING.execution_options(yield_per=AT_ONCE)):
        _add(sums, sku, orderid, qty)
    for sku, orderid, units in _logged():
        _add(sums, sku, orderid, -units)
    op.drop_table("opening_backorders")
    table = op.create_table(
        "opening_backorders",
        sa.Column("sku", NAME, nullable=False),
        sa.Column("units", COUNT, nullable=False),
        sa.Column("fingerprint", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_opening_backorders")),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_opening_backorders_sku")),
    )
    rows = [(sku, *of_sku) for sku, of_sku in sums.items() if any(of_sku)]
    op.bulk_insert(table, [dict(zip(table.c.keys(), row, strict=True)) for row in rows])


def _logged() -> Iterator[tuple[str, str, int]]:
    """The sku and the order id of each fact about waiting units, and the units that began to."""
    after = 0
    while rows := op.get_bind().execute(FACTS, {"after": after, "rows": AT_ONCE}).all():
        for _, kind, body in rows:
            fact = json.loads(body)
            if kind != "Allocated":
                yield fact["sku"], fact["orderid"], fact["qty"]
            elif fact.get("backordered"):
                yield fact["sku"], fact["orderid"], -fact["qty"]
        after = rows[-1].seq


def _add(sums: Sums, sku: str, orderid: str, qty: int) -> None:
    """Add waiting units of the line without a name."""
    digest = blake2b(f"{orderid}\0".encode(), digest_size=8).digest()
    of_sku = sums.setdefault(sku, [0, 0])
    of_sku[0] += qty
    of_sku[1] = (of_sku[1] + qty * (int.from_bytes(digest) % FINGERPRINTS)) % FINGERPRINTS
