"""The baseline over HTTP.

The server, the framework and the reading of the body are ours, so that only what is
behind them differs. What is behind them blocks, and so runs in a thread, as under Flask.
"""

from typing import Any, Final

from litestar import Litestar, Request, Response, post
from litestar.concurrency import sync_to_thread
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from allocation.domain.events import AllocationRequired
from allocation.entrypoints.http.request_bodies import Form
from allocation.service_layer.replies import AllocatedLine
from benchmarks.baseline.model import OrderLine, OutOfStock, Product

LINE: Final = Form(AllocationRequired)

CONFLICT: Final = 503
"""The status of a request that has met another one on the same product."""


def allocate(sessions: sessionmaker[Session], event: AllocationRequired) -> str:
    """One transaction: load the product with all its lines, allocate, write."""
    with sessions() as session:
        product = session.query(Product).filter_by(sku=event.sku).one()
        batchref = product.allocate(OrderLine(event.orderid, event.sku, event.qty))
        session.commit()
        return batchref


def create_app(sessions: sessionmaker[Session]) -> Litestar:
    """`POST /allocate`, and nothing else."""

    @post("/allocate", status_code=201)
    async def allocate_endpoint(request: Request[Any, Any, Any]) -> Response[AllocatedLine]:
        event = LINE.read(await request.body())
        batchref = await sync_to_thread(allocate, sessions, event)
        return Response(AllocatedLine(batchref), status_code=201)

    return Litestar(
        [allocate_endpoint],
        exception_handlers={OperationalError: _conflict, OutOfStock: _none_left},
        openapi_config=None,
        logging_config=None,
    )


def _conflict(_request: Request[Any, Any, Any], _error: Exception) -> Response[None]:
    return Response(None, status_code=CONFLICT)


def _none_left(_request: Request[Any, Any, Any], _error: Exception) -> Response[None]:
    return Response(None, status_code=400)
