"""SQLite and PostgreSQL, through SQLAlchemy Core; domain objects are mapped by hand."""
