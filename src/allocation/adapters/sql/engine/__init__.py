"""The database: its connections, its transactions, its errors; whatever is kept in it."""
