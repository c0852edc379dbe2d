"""File descriptors: as many as the system allows, and what share of them is for clients."""

import logging
import resource
from typing import Final, NamedTuple

logger = logging.getLogger(__name__)

OWN: Final = 128
"""Descriptors kept for the database, mail, listening sockets and whatever a library opens."""

MOST_CONNECTIONS: Final = 8192
"""Connections where there are descriptors enough; each takes some 10 kB of memory."""

MOST_BACKLOG: Final = 2048


class Budget(NamedTuple):
    """What clients get: connections, and how many of them may be accepted at a time."""

    connections: int
    backlog: int


def raise_limit() -> int:
    """Raise the soft limit of descriptors to the hard one; what the limit is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError) as error:  # a system may have a limit of its own besides
        logger.warning("the limit of %d open files cannot be raised: %s", soft, error)
        return _counted(soft)
    return _counted(hard)


def budget_of(descriptors: int, wanted: int | None) -> Budget:
    """How many connections there may be, with so many descriptors.

    The backlog is accepted all at once, before any connection can be closed for another one:
    there are descriptors for the whole of it beside the connections.
    """
    for_clients = max(2, descriptors - min(OWN, descriptors // 2))
    backlog = min(MOST_BACKLOG, max(1, for_clients // 4))
    connections = for_clients - backlog
    return Budget(min(connections, wanted or MOST_CONNECTIONS), backlog)


def _counted(limit: int) -> int:
    return 2**31 if limit == resource.RLIM_INFINITY else limit
