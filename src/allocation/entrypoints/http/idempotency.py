"""The Idempotency-Key header."""

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
        "The id of the message, chosen by the client. A repeated request with the same key is "
        "not handled again and gets the first response; with another body it is refused (422)."
    ),
    schema=name_schema(),
)
"""The header in the API documentation."""


def key_of(request: Request[Any, Any, Any]) -> str | None:
    """The idempotency key of a request, or None.

    Raises:
        InvalidValue: the key is not a valid id.
        RepeatedHeader: the header appears more than once.
    """
    return clean_key("Idempotency-Key", header_once(request, b"idempotency-key"))


def refuse_key(request: Request[Any, Any, Any]) -> None:
    """Refuse the header on a request with many messages, each of which has an id of its own.

    Raises:
        InvalidValue: the request has the header.
    """
    if (key := header(request, b"idempotency-key")) is not None:
        raise InvalidValue("Idempotency-Key", key, "cannot be used for many messages")


def clean_key(field: str, key: str | None) -> str | None:
    """Normalise a key to the id that it becomes (NFC, like all names).

    Raises:
        InvalidValue: the key is not a valid id.
    """
    return None if key is None else clean_text(field, key)
