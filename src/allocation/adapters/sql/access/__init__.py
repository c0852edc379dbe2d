"""Access keys and sessions in the database."""
