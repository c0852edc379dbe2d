"""A batch that is a part of a shipment knows the shipment, so that its receipt can be repeated."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

RECEIPTS = sa.text(
    "SELECT f.body AS received, r.body AS request FROM messages f"
    " JOIN messages r ON r.id = f.causation_id WHERE f.type = 'BatchReceived'"
)
UPDATE = sa.text("UPDATE batches SET received_from = :source WHERE reference = :ref")


def upgrade() -> None:
    """Add the column, and set it for the receipts in the log."""
    op.add_column("batches", sa.Column("received_from", sa.String(255)))
    connection = op.get_bind()
    for received, request in connection.execute(RECEIPTS).all():
        source = json.loads(request)["ref"]
        connection.execute(UPDATE, {"source": source, "ref": json.loads(received)["ref"]})
