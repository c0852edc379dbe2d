"""The header `Idempotency-Key`."""

from typing import Annotated, Final

from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter

from allocation.domain.values import check_text
from allocation.entrypoints.http.failures import Failure

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description=(
            "The id of the message, chosen by the sender: sent again, it is not handled "
            "again, and gets its first answer. With another body it is refused (422)."
        ),
    ),
]

REUSED: Final = ResponseSpec(Failure, description="The key was used before, with another body")


def check_key(key: str | None) -> None:
    """Refuse a key that cannot be an id.

    Raises:
        InvalidValue: it cannot.
    """
    if key is not None:
        check_text("Idempotency-Key", key)
