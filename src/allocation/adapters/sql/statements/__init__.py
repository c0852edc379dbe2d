"""Statements about many rows, one round trip each, in the words of each database."""
