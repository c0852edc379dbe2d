"""`GET /availability/{sku}`: what can be promised of a product."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from allocation.access.scopes import Scope
from allocation.domain.validation import LARGEST_QUANTITY
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.errors import UnknownSku
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.parameters import name_after
from allocation.errors import InvalidValue
from allocation.views import Availability

Quantity = Annotated[
    int | None,
    QueryParameter(ge=1, le=LARGEST_QUANTITY, description="The units of an order line"),
]
By = Annotated[
    date | None, QueryParameter(description="The day by which the units in `available` can leave")
]
Split = Annotated[
    bool | None,
    QueryParameter(description="Whether the order line may be split; by default, as configured"),
]


@get(
    "/availability/{sku:path}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(UnknownSku, InvalidValue),
    tags=["stock"],
)
async def availability(
    request: Request[Any, Any, State],
    sku: FromPath[str],
    qty: Quantity = None,
    by: By = None,
    split: Split = None,
) -> Availability:
    """What can be promised of a product now, and from which day on.

    With `qty`, `earliest` is the first day on which a new order line of so many units could leave:
    the day that a dry run of `allocate` would promise.
    """
    name = name_after("/availability/", request, sku)
    application = application_of(request)
    query = partial(application.views.availability.of, name, application.today(), qty, by)
    stock: Availability | None = await sync_to_thread(partial(query, split=split))
    if stock is None:
        raise UnknownSku(f"Unknown sku {name:.255}")
    return stock
