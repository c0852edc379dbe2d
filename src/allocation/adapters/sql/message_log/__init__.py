"""The message log in the database, independent of the domain."""
