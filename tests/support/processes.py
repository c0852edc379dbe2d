"""What the system knows of a server's process."""

import psutil  # type: ignore[import-untyped]  # comes without types

from tests.support.serving import Server


def memory(server: Server) -> int:
    """Bytes that the process holds."""
    return int(psutil.Process(server.process.pid).memory_info().rss)


def open_connections(server: Server) -> int:
    """How many clients are connected to it."""
    connections = psutil.Process(server.process.pid).net_connections("tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in connections)
