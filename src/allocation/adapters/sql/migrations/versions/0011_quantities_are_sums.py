"""The quantity of a batch becomes a sum: its announcement, and the corrections as facts.

Until now, the last correction in the log stated the quantity of a batch. The corrections so far
become a part of the opening balance.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

before = sa.table(
    "opening_balances",
    *map(sa.column, ("reference", "purchased_quantity", "allocated_quantity", "as_of")),
)
batches = sa.table("batches", sa.column("reference"), sa.column("initial_quantity"))
CORRECTIONS = sa.text(
    "SELECT seq, body FROM messages WHERE type = 'BatchQuantityChanged' AND status = 'handled'"
    " ORDER BY seq"
)


def upgrade() -> None:
    """Replace the table by one whose rows explain the same quantities."""
    connection = op.get_bind()
    announced = {row[0]: row[1] for row in connection.execute(sa.select(batches))}
    rows = {
        ref: _row(ref, purchased, allocated, as_of, announced.get(ref, 0))
        for ref, purchased, allocated, as_of in connection.execute(sa.select(before)).all()
    }
    for seq, body in connection.execute(CORRECTIONS):
        change = json.loads(body)
        ref = change["ref"]
        if ref in announced:
            row = rows.setdefault(ref, _row(ref, None, 0, 0, announced[ref]))
            if seq > row["as_of"]:
                row["as_of"], row["adjusted_quantity"] = seq, change["qty"] - announced[ref]
    op.drop_table("opening_balances")
    after = op.create_table(
        "opening_balances",
        sa.Column("reference", NAME, nullable=False),
        sa.Column("announced_quantity", COUNT),
        sa.Column("announced_by", COUNT, nullable=False),
        sa.Column("adjusted_quantity", COUNT, nullable=False),
        sa.Column("allocated_quantity", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_opening_balances")),
        sa.ForeignKeyConstraint(
            ["reference"], ["batches.reference"], name=op.f("fk_opening_balances_reference")
        ),
    )
    for row in rows.values():
        del row["as_of"]
    op.bulk_insert(after, list(rows.values()))


def _row(
    ref: str, purchased: int | None, allocated: int, as_of: int, announced: int
) -> dict[str, str | int | None]:
    return {
        "reference": ref,
        "announced_quantity": None if purchased is None else announced,
        "announced_by": 0,
        "adjusted_quantity": 0 if purchased is None else purchased - announced,
        "allocated_quantity": allocated,
        "as_of": as_of,
    }
