"""The tables of access keys and of the sessions that were opened with them."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, String, Table

from allocation.adapters.sql.engine.metadata import new_metadata
from allocation.adapters.sql.engine.types import NAME, UtcDateTime

metadata = new_metadata()

PREFIX: Final = String(16)
DIGEST: Final = String(64)

access_keys = Table(
    "access_keys",
    metadata,
    Column("prefix", PREFIX, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("scopes", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", NAME, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", NAME),
    Column("used_at", UtcDateTime),
    Index(None, "name"),
)
"""Revoked and expired keys stay, so that a service that had a key is never open again."""

access_sessions = Table(
    "access_sessions",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("prefix", PREFIX, ForeignKey("access_keys.prefix"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index(None, "prefix"),
)
"""The browser sessions: the SHA-256 of each cookie, and the key that it stands for."""
