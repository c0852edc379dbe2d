"""The header `Idempotency-Key`."""

from typing import Any, Final

from litestar import Request
from litestar.openapi.spec import Parameter

from allocation.domain.values import check_text
from allocation.entrypoints.http.headers import header, header_once
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
    key = header_once(request, b"idempotency-key")
    check_key("Idempotency-Key", key)
    return key


def refuse_key(request: Request[Any, Any, Any]) -> None:
    """A request for many messages has no key: it would be that of none of them.

    Raises:
        InvalidValue: there is one.
    """
    if (key := header(request, b"idempotency-key")) is not None:
        raise InvalidValue("Idempotency-Key", key, "cannot be that of many messages")


def check_key(field: str, key: str | None) -> None:
    """Refuse a key that cannot be an id.

    Raises:
        InvalidValue: it cannot.
    """
    if key is not None:
        check_text(field, key)
