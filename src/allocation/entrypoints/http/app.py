"""The ASGI application."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing

from litestar import Litestar
from litestar.datastructures import State

from allocation.bootstrap import Application, WeightedSemaphore
from allocation.config import LogSettings
from allocation.entrypoints.board import routes as board
from allocation.entrypoints.board.change_signal import ChangeSignal
from allocation.entrypoints.board.error_pages import with_pages
from allocation.entrypoints.board.imports.server_jobs import importing_files
from allocation.entrypoints.http import (
    access_keys,
    availability,
    batches,
    bulk,
    chains,
    dead_letters,
    error_responses,
    health,
    histories,
    lists,
    openapi,
    reads,
    writes,
)
from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.http.access.guarding import guarded
from allocation.entrypoints.http.assets import asset
from allocation.entrypoints.http.companion import Companion, accompanied, no_companion
from allocation.entrypoints.http.exchange import ExchangeLog
from allocation.entrypoints.http.fast_path import HttpService
from allocation.entrypoints.http.feed.asyncapi import asyncapi
from allocation.entrypoints.http.feed.events import events
from allocation.entrypoints.http.feed.feed import Feed
from allocation.entrypoints.http.feed.open_streams import Streams
from allocation.entrypoints.http.login import routes as login
from allocation.entrypoints.http.readiness import Readiness
from allocation.entrypoints.http.security import AllowedHosts, refuse_other_sites


def create_app(
    application: Application,
    allowed_hosts: Iterable[str] = (),
    on_failure: Callable[[], None] = lambda: None,
    log: LogSettings | None = None,
    *,
    may_be_open: bool,
    companion: Companion = no_companion,
) -> Litestar:
    """Create the ASGI application; on shutdown, it closes `application`.

    It serves this machine's loopback names and addresses, and the `allowed_hosts`. `on_failure`
    is called if the worker ends because of an error. `log` says which requests are logged. Without
    any access key, it serves everybody if it `may_be_open`, and nobody otherwise. `companion` runs
    beside the worker.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        with closing(application):
            worker = application.worker()
            app.state.worker = worker
            await worker.start(on_failure)
            app.state.readiness = Readiness(worker, application.probe.check)
            app.state.feed = feed = Feed(application, app.state.streams)
            worker.call_after_writes(feed.tailer.notify)
            try:
                async with (
                    guarded(gate, application, worker),
                    accompanied(worker, companion),
                    importing_files(application, worker, gate.ring.admits) as app.state.imports,
                ):
                    yield
            finally:
                await feed.tailer.stop()
                await worker.stop()

    gate = Gate(
        AllowedHosts(allowed_hosts),
        application.limits,
        application.clock,
        application.sessions.limits,
        may_be_open=may_be_open,
    )
    streams = Streams(application.limits, gate.ring.admits)
    gate.ring.on_ended(streams.close_of)

    app = HttpService(
        [
            *writes.routes(application.registry),
            bulk.route(application.registry),
            reads.allocations,
            reads.product,
            availability.availability,
            batches.batch,
            *lists.routes(),
            reads.moves,
            reads.promises,
            chains.chain,
            histories.history,
            health.live,
            health.ready,
            events,
            dead_letters.router,
            access_keys.router,
            openapi.document,
            asyncapi,
            asset,
            *login.ROUTES,
            *board.routes(application.registry),
        ],
        lifespan=[lifespan],
        before_request=refuse_other_sites,
        state=State(
            {
                "application": application,
                "bodies": WeightedSemaphore(application.limits.max_body_bytes),
                "streams": streams,
                "changes": ChangeSignal(application.log_views.version),
            }
        ),
        exception_handlers=with_pages(error_responses.HANDLERS),
        openapi_config=openapi.config(),
        logging_config=None,
        gate=gate,
        exchanges=ExchangeLog(log),
    )
    histories.document(app)
    return app
