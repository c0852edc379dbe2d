"""`python -m allocation` is the command `allocation`."""

from allocation.entrypoints.cli import main

main()
