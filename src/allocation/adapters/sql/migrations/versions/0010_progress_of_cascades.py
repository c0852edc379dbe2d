"""The progress of a cascade is stored with the product and with the batch that releases lines."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

CONTINUATIONS = sa.text(
    "SELECT type, body FROM messages WHERE status IN ('pending', 'outgoing', 'dead')"
    " AND type IN ('ReleaseContinued', 'FillContinued') ORDER BY seq"
)
UPDATES = {
    "ReleaseContinued": [
        # Until now, a release was over if the line to release next had got another number.
        "UPDATE batches SET target_quantity = :qty WHERE reference = :ref"
        " AND purchased_quantity = allocated_quantity AND purchased_quantity > :qty"
        " AND :next_number = (SELECT max(promise) FROM order_lines WHERE batchref = :ref)",
        "UPDATE products SET lost = lost + :lost WHERE sku ="
        " (SELECT sku FROM batches WHERE reference = :ref AND target_quantity = :qty)",
    ],
    "FillContinued": [
        "UPDATE products SET fill_after = :after, lost = lost + :lost WHERE sku = :sku"
    ],
}


def upgrade() -> None:
    """Add the columns, which rewrites no rows, and set them for unfinished cascades."""
    op.add_column("products", sa.Column("lost", COUNT, nullable=False, server_default="0"))
    op.add_column("products", sa.Column("fill_after", COUNT))
    op.add_column("batches", sa.Column("target_quantity", COUNT))
    connection = op.get_bind()
    for name, body in connection.execute(CONTINUATIONS).all():
        for statement in UPDATES[name]:
            connection.execute(sa.text(statement), {"next_number": None, **json.loads(body)})
