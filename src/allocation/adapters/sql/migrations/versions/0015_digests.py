"""Mails are about digests of facts; the log knows which messages were submitted together.

Until now, `OutOfStock` itself was delivered. Mails that have not been sent yet become digests of
one fact.
"""

import json
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

LONGEST_KEY = 255
COPIED = ("correlation_id", "at", "status", "attempts", "due", "error")

messages = sa.table(
    "messages",
    *map(
        sa.column, ("seq", "id", "type", "body", "causation_id", "ordering_key", "results", *COPIED)
    ),
)
UNSENT = sa.text("type = 'OutOfStock' AND status IN ('outgoing', 'dead')")


def upgrade() -> None:
    """Add the column, and the digests."""
    op.add_column("messages", sa.Column("submission", sa.String(255)))
    connection = op.get_bind()
    columns = [messages.c[name] for name in ("id", *COPIED)]
    for id_, *copied in connection.execute(
        sa.select(*columns).where(UNSENT).order_by(messages.c.seq)
    ).all():
        row = dict(zip(COPIED, copied, strict=True))
        connection.execute(sa.insert(messages).values(**_digest(id_, row["correlation_id"]), **row))
    sent = {"status": "handled", "results": "[]", "due": None, "error": None, "ordering_key": None}
    connection.execute(sa.update(messages).where(UNSENT).values(**sent))


def _digest(id_: str, chain: str) -> dict[str, str]:
    body = {
        "audience": "buyers",
        "facts": [[chain, id_, id_]],
        "counts": {"OutOfStock": 1},
        "submission": None,
    }
    key = f"buyers:{chain}"
    if len(key) > LONGEST_KEY:
        key = f"buyers:{sha256(chain.encode()).hexdigest()}"
    return {
        "id": f"{id_}:digest",
        "type": "Digest",
        "body": json.dumps(body),
        "causation_id": id_,
        "ordering_key": key,
    }
