"""File descriptors: the limit of the process, and the number of client connections it allows."""

import logging
import resource
from typing import Final, NamedTuple

logger = logging.getLogger(__name__)

OWN: Final = 128
"""Descriptors reserved for the database, mail, listening sockets and libraries."""

MOST_CONNECTIONS: Final = 8192
"""The default maximum of connections, descriptors permitting; each takes some 10 kB of memory."""

MOST_BACKLOG: Final = 2048


class Budget(NamedTuple):
    """The maximum number of connections, and the length of the accept backlog."""

    connections: int
    backlog: int


def raise_limit() -> int:
    """Raise the soft limit of descriptors to the hard limit; return the resulting limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError) as error:  # the system may have another, lower limit
        logger.warning("the limit of %d open files cannot be raised: %s", soft, error)
        return _as_count(soft)
    return _as_count(hard)


def budget_of(descriptors: int, wanted: int | None) -> Budget:
    """Divide the descriptors into connections and backlog.

    The whole backlog is accepted at once, before any connection can be closed in favour of
    another, so it needs descriptors in addition to those of the connections.
    """
    for_clients = max(2, descriptors - min(OWN, descriptors // 2))
    backlog = min(MOST_BACKLOG, max(1, for_clients // 4))
    connections = for_clients - backlog
    return Budget(min(connections, wanted or MOST_CONNECTIONS), backlog)


def _as_count(limit: int) -> int:
    return 2**31 if limit == resource.RLIM_INFINITY else limit
