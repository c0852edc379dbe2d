"""Backups of a SQLite database, and their way back."""
