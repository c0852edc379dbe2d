"""Files with the whole state of a database, for any database (ADR 45)."""
