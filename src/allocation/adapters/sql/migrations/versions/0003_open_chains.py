"""Which chains of messages are not finished."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add an index."""
    is_open = sa.text("fate IN ('pending', 'outgoing', 'dead')")
    op.create_index(
        "ix_messages_open",
        "messages",
        ["correlation_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
