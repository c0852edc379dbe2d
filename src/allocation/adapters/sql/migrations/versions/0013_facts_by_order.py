"""The facts about order lines in the message log are indexed by the id of the order."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

FACTS = (
    "type IN ('Allocated', 'Deallocated', 'Backordered', 'Shipped', 'Unshipped', 'Cancelled',"
    " 'PromiseChanged', 'PromiseLost')"
)
ORDERID = {
    "sqlite": "json_extract(body, '$.orderid')",
    "postgresql": "((CAST(body AS json) ->> 'orderid') COLLATE \"C\")",
}


def upgrade() -> None:
    """Add the index."""
    where = sa.text(FACTS)
    op.create_index(
        "ix_messages_line_facts",
        "messages",
        [sa.text(ORDERID[op.get_context().dialect.name]), "seq"],
        sqlite_where=where,
        postgresql_where=where,
    )
