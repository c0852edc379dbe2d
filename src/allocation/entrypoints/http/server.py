"""The server: the application on uvicorn, until it is interrupted."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable
from socket import socket
from typing import Any, Final

import uvicorn

from allocation.bootstrap import Application, Worker
from allocation.entrypoints.http.app import create_app
from allocation.entrypoints.http.connections import Connections
from allocation.entrypoints.http.descriptors import budget_of, raise_limit
from allocation.entrypoints.runtime import collect_seldom
from allocation.errors import Fatal, MessagingError, Stopping, WorkerFailed

SHUTDOWN_TIMEOUT: Final = 30
"""Seconds for which requests under way may take to end when the server is stopped."""

Tell = Callable[[str], None]
"""Told each address, `HOST:PORT`, once the server listens there."""


def serve(
    parts: Application, sockets: list[socket], tell: Tell, allowed_hosts: Iterable[str] = ()
) -> bool:
    """Serve on these sockets until interrupted; whether it could be started.

    Raises:
        StoreUnavailable: the database cannot be reached or written.
        Fatal: nobody can go on, such as without the database's file.
        WorkerFailed: the worker has ended for a reason that is a fault of ours.
    """

    def fail() -> None:
        server.should_exit = True

    app = create_app(parts, allowed_hosts, fail)
    budget = budget_of(raise_limit(), parts.limits.max_connections)
    connections = Connections(parts.limits, budget)
    server = _Server(
        uvicorn.Config(
            app,
            http=connections.protocol,  # type: ignore[arg-type]  # what makes one will do
            ws="none",  # there is no such endpoint
            backlog=budget.backlog,
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # nobody asks who the client is
            server_header=False,  # nobody needs to know, and it takes its time
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        ),
        connections,
        tell,
    )
    for stop in (signal.SIGINT, signal.SIGTERM):
        # uvicorn drains, and then passes the signal on to whoever had it before.
        signal.signal(stop, lambda *_: sys.exit(0))
    collect_seldom()
    # Before uvicorn, which would tell of a database that cannot be written by a traceback.
    parts.processor.recover()
    try:
        server.run(sockets)
    finally:  # also when a signal has come meanwhile, which ends the process with 0
        worker: Worker | None = app.state.get("worker")
        if worker is not None and worker.failure is not None:
            raise _in_our_words(worker.failure) from worker.failure
    return server.started


def _in_our_words(failure: BaseException) -> MessagingError:
    if isinstance(failure, Fatal):
        return failure
    return WorkerFailed(failure)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, connections: Connections, tell: Tell) -> None:
        super().__init__(config)
        self._connections = connections
        self._tell = tell

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._watch = asyncio.create_task(self._connections.watch())
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                self._tell(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        app: Any = self.config.app
        self._connections.stop()
        app.state.bodies.close(Stopping())  # half a body need not wait for room any more
        await super().shutdown(sockets)
        self._watch.cancel()
