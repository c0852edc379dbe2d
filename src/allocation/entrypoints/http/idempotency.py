"""The header `Idempotency-Key`."""

from typing import Any, Final

from litestar import Request
from litestar.openapi.spec import Parameter

from allocation.domain.validation import clean_text
from allocation.entrypoints.http.request_headers import header, header_once
from allocation.entrypoints.http.schemas import name_schema
from allocation.errors import InvalidValue

PARAMETER: Final = Parameter(
    name="Idempotency-Key",
    param_in="header",
    description=(
        "The id of the message, chosen by the sender: sent again, it is not handled "
        "again, and gets its first answer. With another body it is refused (422)."
    ),
    schema=name_schema(),
)
"""As the API's document has it."""


def key_of(request: Request[Any, Any, Any]) -> str | None:
    """The key that the sender has chosen, if there is one.

    Raises:
        InvalidValue: it cannot be an id.
        RepeatedHeader: there are several.
    """
    return clean_key("Idempotency-Key", header_once(request, b"idempotency-key"))


def refuse_key(request: Request[Any, Any, Any]) -> None:
    """A request for many messages has no key: it would be that of none of them.

    Raises:
        InvalidValue: there is one.
    """
    if (key := header(request, b"idempotency-key")) is not None:
        raise InvalidValue("Idempotency-Key", key, "cannot be that of many messages")


def clean_key(field: str, key: str | None) -> str | None:
    """The key as the id that it becomes: composed, as names are.

    Raises:
        InvalidValue: it cannot be an id.
    """
    return None if key is None else clean_text(field, key)
