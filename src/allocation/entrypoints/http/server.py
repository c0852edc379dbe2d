"""The HTTP server: runs the application on uvicorn until interrupted."""

import asyncio
import signal
import sys
from collections.abc import Callable, Collection
from socket import socket
from typing import Any, Final, NamedTuple

import uvicorn

from allocation.bootstrap import Application, Worker
from allocation.config import LogSettings
from allocation.entrypoints.http.app import create_app
from allocation.entrypoints.http.companion import Companion, no_companion
from allocation.entrypoints.http.connections import Connections
from allocation.entrypoints.http.descriptors import budget_of, raise_limit
from allocation.entrypoints.runtime import reduce_collections
from allocation.errors import Fatal, MessagingError, Stopping, WorkerFailed

SHUTDOWN_TIMEOUT: Final = 30
"""Seconds for requests in progress to finish when the server is stopped."""


class Exposure(NamedTuple):
    """To whom a server is exposed, and through what.

    Attributes:
        may_be_open: whether everybody is served as long as there has never been an access key.
        allowed_hosts: see `create_app`.
        trusted_proxies: the addresses and networks whose `X-Forwarded-*` headers count.
    """

    may_be_open: bool
    allowed_hosts: Collection[str] = ()
    trusted_proxies: tuple[str, ...] = ()


OnListening = Callable[[str], None]
"""Called with each address, `HOST:PORT`, once the server listens there."""


def serve(
    application: Application,
    sockets: list[socket],
    on_listening: OnListening,
    exposure: Exposure,
    log: LogSettings | None = None,
    companion: Companion = no_companion,
) -> bool:
    """Serve on these sockets until interrupted; return whether the server could start.

    `companion` runs beside the worker.

    Raises:
        StoreUnavailable: the database cannot be reached or written.
        Fatal: the process cannot continue, for example because the database file is gone.
        WorkerFailed: the worker has failed because of a bug.
    """

    def fail() -> None:
        server.should_exit = True

    app = create_app(
        application,
        exposure.allowed_hosts,
        fail,
        log,
        may_be_open=exposure.may_be_open,
        companion=companion,
    )
    budget = budget_of(raise_limit(), application.limits.max_connections)
    connections = Connections(application.limits, budget)
    server = _Server(
        uvicorn.Config(
            app,
            http=connections.protocol,  # type: ignore[arg-type]  # a factory will do
            ws="none",  # there are no WebSocket endpoints
            backlog=budget.backlog,
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=bool(exposure.trusted_proxies),
            forwarded_allow_ips=list(exposure.trusted_proxies),
            server_header=False,  # not needed, and not free
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        ),
        connections,
        on_listening,
    )
    for stop in (signal.SIGINT, signal.SIGTERM):
        # uvicorn drains, then passes the signal on to the previous signal handler.
        signal.signal(stop, lambda *_: sys.exit(0))
    reduce_collections()
    # Before uvicorn, which would log a traceback if the database cannot be written.
    application.processor.recover()
    try:
        server.run(sockets)
    finally:  # also after a signal, which would otherwise exit with status 0
        worker: Worker | None = app.state.get("worker")
        if worker is not None and worker.failure is not None:
            raise _translate_failure(worker.failure) from worker.failure
    return server.started


def _translate_failure(failure: BaseException) -> MessagingError:
    if isinstance(failure, Fatal):
        return failure
    return WorkerFailed(failure)


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, connections: Connections, on_listening: OnListening
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._watch = asyncio.create_task(self._connections.watch())
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                self._on_listening(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        app: Any = self.config.app
        self._connections.stop()
        app.state.streams.close_all()  # uvicorn would wait for them
        app.state.bodies.close(Stopping())  # bodies that wait for memory are refused now
        await super().shutdown(sockets)
        self._watch.cancel()
