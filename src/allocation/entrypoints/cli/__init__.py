"""The command line: `allocation --help` tells what there is."""

from allocation.entrypoints.cli.main import main

__all__ = ["main"]
