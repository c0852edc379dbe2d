"""What can be asked for: one POST for each event that may come from outside."""

from typing import Any, Final

from litestar import Request, post
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec

from allocation.bootstrap import Worker
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from allocation.entrypoints.http.examples import A_BATCH, A_LINE, A_QUANTITY
from allocation.entrypoints.http.fast_path import JsonAnswer, OnFastPath
from allocation.entrypoints.http.idempotency import key_of
from allocation.entrypoints.http.operations import OF_BODIES, OF_CHANGES, asking_for, failing
from allocation.entrypoints.http.request_bodies import Form, received
from allocation.entrypoints.http.responses import (
    AddedBatch,
    AllocatedLine,
    ChangedBatch,
    response_to,
)
from allocation.errors import BatchConflict, IdReused, InvalidSku, LineConflict, UnknownBatch

LARGEST_BODY: Final = 64 * 1024
"""Bytes; a larger request is refused with 413."""

BATCH: Final = Form(BatchCreated)
LINE: Final = Form(AllocationRequired)
QUANTITY: Final = Form(BatchQuantityChanged)

OF_MESSAGES: Final = (*OF_CHANGES, *OF_BODIES, IdReused)


@post(
    "/add_batch",
    middleware=[OnFastPath],
    operation_class=asking_for(A_BATCH),
    responses=failing(*OF_MESSAGES, BatchConflict),
    tags=["stock"],
)
async def add_batch(request: Request[Any, Any, State]) -> JsonAnswer[AddedBatch]:
    """Take in new stock: in the warehouse, or, with an `eta`, on its way.

    Waiting lines that it can hold are allocated at once. A batch that is known already
    with the same facts changes nothing.
    """
    event = BATCH.read(await received(request, LARGEST_BODY))
    return await _handled(request, event)


@post(
    "/allocate",
    middleware=[OnFastPath],
    operation_class=asking_for(A_LINE),
    responses={
        202: ResponseSpec(
            AllocatedLine,
            generate_examples=False,
            description="No batch can hold the line now: it waits",
        ),
        **failing(*OF_MESSAGES, InvalidSku, LineConflict),
    },
    tags=["orders"],
)
async def allocate(request: Request[Any, Any, State]) -> JsonAnswer[AllocatedLine]:
    """Promise an order line from stock first, then from the shipment that comes earliest.

    A line that no batch can hold waits (202) until there is room for it. A line that is
    known already gets the same answer again.
    """
    event = LINE.read(await received(request, LARGEST_BODY))
    return await _handled(request, event)


@post(
    "/change_batch_quantity",
    middleware=[OnFastPath],
    status_code=200,
    operation_class=asking_for(A_QUANTITY),
    responses=failing(*OF_MESSAGES, UnknownBatch),
    tags=["stock"],
)
async def change_batch_quantity(request: Request[Any, Any, State]) -> JsonAnswer[ChangedBatch]:
    """Correct a batch's quantity, and see to the order lines that this concerns.

    Lines that no longer fit, the one promised last first, are promised elsewhere or
    wait; waiting lines for which there is room now are allocated. The answer tells
    which lines moved; null stands for the queue of the waiting lines.
    """
    event = QUANTITY.read(await received(request, LARGEST_BODY))
    return await _handled(request, event)


async def _handled(request: Request[Any, Any, State], event: Event) -> JsonAnswer[Any]:
    state = request.app.state
    worker: Worker = state.worker
    answer = await worker.submit(event, key_of(request))
    status, told = await response_to(event, answer, state.application.views)
    return JsonAnswer(told, status)
