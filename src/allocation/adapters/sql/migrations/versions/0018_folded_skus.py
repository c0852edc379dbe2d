"""Products are indexed by their skus in lower case, so that a wrong case is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

FOLDED = {"sqlite": "lower(sku)", "postgresql": 'lower((sku COLLATE "C"))'}


def upgrade() -> None:
    """Add the index."""
    folded = sa.text(FOLDED[op.get_context().dialect.name])
    op.create_index("ix_products_folded_sku", "products", [folded])
