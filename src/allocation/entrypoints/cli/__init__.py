"""The command-line interface; see `allocation --help`."""

from allocation.entrypoints.cli.main import main

__all__ = ["main"]
