"""Access keys and sessions; the sender of each incoming message; the identity of the log."""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

TIME = sa.DateTime(timezone=True)
NAME = sa.String(255)
COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the tables and the column, and give the log an identity."""
    op.add_column("messages", sa.Column("sender", NAME))
    log_state = op.create_table(
        "log_state",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("identity", sa.String(32), nullable=False),
        sa.Column("pruned_through", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_state"),
        sa.CheckConstraint("id = 1", name="ck_log_state_has_one_row"),
    )
    # A log that was pruned before has gaps, also after its first message: the feed begins after it.
    first = sa.text(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM opening_balances)"
        " THEN (SELECT coalesce(max(seq), 0) FROM messages) ELSE 0 END"
    )
    before = op.get_bind().execute(first).scalar_one()
    row = {"id": 1, "identity": token_hex(8), "pruned_through": before}
    op.bulk_insert(log_state, [row])
    op.create_table(
        "access_keys",
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", NAME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.Column("revoked_by", NAME),
        sa.Column("used_at", TIME),
        sa.PrimaryKeyConstraint("prefix", name="pk_access_keys"),
    )
    op.create_index("ix_access_keys_name", "access_keys", ["name"])
    op.create_table(
        "access_sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_access_sessions"),
        sa.ForeignKeyConstraint(
            ["prefix"], ["access_keys.prefix"], name="fk_access_sessions_prefix"
        ),
    )
    op.create_index("ix_access_sessions_prefix", "access_sessions", ["prefix"])
