"""Promises stock to order lines, and keeps its promises when reality changes."""
