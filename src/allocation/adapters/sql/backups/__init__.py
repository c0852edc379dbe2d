"""Backing up and restoring SQLite databases."""
