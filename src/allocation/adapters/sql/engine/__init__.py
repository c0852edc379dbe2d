"""Databases: connections, transactions and errors, independent of the tables."""
