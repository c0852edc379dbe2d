"""Terminals of the tests' own."""

import os


def everything_from(terminal: int) -> str:
    """What is written to a terminal, until its other end is closed."""
    parts = []
    try:
        while part := os.read(terminal, 4096):
            parts.append(part)
    except OSError:
        pass  # the other end was closed
    finally:
        os.close(terminal)
    return b"".join(parts).decode()
