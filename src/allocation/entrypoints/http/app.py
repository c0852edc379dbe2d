"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from litestar import Litestar, get
from litestar.datastructures import State
from litestar.response import Redirect

from allocation.bootstrap import Application, WeightedSemaphore
from allocation.entrypoints.http import bulk, failures, health, letters, openapi, reads, writes
from allocation.entrypoints.http.origins import refuse_other_sites
from allocation.entrypoints.http.readiness import Readiness


@get("/", include_in_schema=False)
async def front_page() -> Redirect:
    """Whoever opens the service in a browser is shown what it can do."""
    return Redirect("/docs", status_code=307)


def create_app(application: Application) -> Litestar:
    """The service over HTTP; when the ASGI server shuts down, it closes the application."""

    @asynccontextmanager
    async def working(app: Litestar) -> AsyncIterator[None]:
        with closing(application):
            worker = application.worker()
            await worker.start()
            app.state.worker = worker
            app.state.readiness = Readiness(worker, application.probe.look)
            try:
                yield
            finally:
                await worker.stop()

    return Litestar(
        [
            front_page,
            writes.add_batch,
            writes.allocate,
            writes.change_batch_quantity,
            bulk.messages,
            reads.allocations,
            reads.product,
            health.live,
            health.ready,
            letters.router,
            openapi.assets(),
        ],
        lifespan=[working],
        before_request=refuse_other_sites,
        state=State(
            {
                "application": application,
                "bodies": WeightedSemaphore(application.limits.max_body_bytes),
            }
        ),
        exception_handlers=failures.HANDLERS,
        openapi_config=openapi.config(),
        logging_config=None,
    )
