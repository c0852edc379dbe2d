"""Imports of files: what their rows are to send, the answers, and the probable mistakes."""
