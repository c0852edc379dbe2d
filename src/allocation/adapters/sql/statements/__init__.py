"""Bulk statements: many rows in one round trip, in the dialect of each database."""
