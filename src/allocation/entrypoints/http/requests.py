"""The headers of a request, including the idempotency key.

Reading the few headers that are needed takes less time than building Litestar's mapping of all.
"""

from collections import Counter
from collections.abc import Sequence, Set
from typing import Any, Final

from litestar import Request
from litestar.openapi.spec import Parameter

from allocation.domain.validation import clean_text
from allocation.entrypoints.http.errors import RepeatedHeader
from allocation.entrypoints.http.schemas import name_schema
from allocation.errors import InvalidValue

BLANKS: Final = b" \t"
"""Whitespace around a value is not part of it (RFC 9110, 5.5); the parser keeps trailing blanks."""

KEY: Final = "Idempotency-Key"

PARAMETER: Final = Parameter(
    name=KEY,
    param_in="header",
    description=(
        "The id of the message, chosen by the client. A repeated request with the same key is "
        "not handled again and gets the first response; with another body it is refused (422)."
    ),
    schema=name_schema(),
)
"""The idempotency key in the API documentation."""

_KEY: Final = KEY.lower().encode()
_HEADERS: Final = "allocation.headers"
"""The key in a request's scope under which its parsed headers are cached."""


class RequestHeaders:
    """The headers of a request by name, in lower case as in ASGI.

    `values` has the raw value of each header; those of a header that appears several times,
    which `repeated` names, are joined with commas.
    """

    __slots__ = ("repeated", "values")

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self.values = dict(raw)
        self.repeated: Set[bytes] = frozenset()
        if len(self.values) < len(raw):
            self.repeated = {
                name for name, count in Counter(n for n, _ in raw).items() if count > 1
            }
            for name in self.repeated:
                self.values[name] = b", ".join(v.strip(BLANKS) for n, v in raw if n == name)

    def text(self, name: bytes) -> str | None:
        """The value of a header, without surrounding blanks; None if it is missing."""
        value = self.values.get(name)
        if value is None:
            return None
        value = value.strip(BLANKS)
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")  # the encoding of earlier versions of HTTP

    def refuse_repeated(self, name: bytes) -> None:
        """Check that a header is unique, since of several values none takes precedence.

        Raises:
            RepeatedHeader: the header appears more than once.
        """
        if name in self.repeated:
            title = name.decode().title()
            raise RepeatedHeader(f"{title} appears more than once", title)


def headers_of(scope: Any) -> RequestHeaders:
    """The headers of an ASGI request, cached in its scope."""
    headers: RequestHeaders | None = scope.get(_HEADERS)
    if headers is None:
        headers = scope[_HEADERS] = RequestHeaders(scope["headers"])
    return headers


def key_of(request: Request[Any, Any, Any]) -> str | None:
    """The idempotency key of a request, or None.

    Raises:
        InvalidValue: the key is not a valid id.
        RepeatedHeader: the header appears more than once.
    """
    headers = headers_of(request.scope)
    if _KEY not in headers.values:
        return None
    headers.refuse_repeated(_KEY)
    return clean_key(KEY, headers.text(_KEY))


def refuse_key(request: Request[Any, Any, Any]) -> None:
    """Refuse the header on a request with many messages, each of which has its own id.

    Raises:
        InvalidValue: the request has the header.
    """
    if (key := headers_of(request.scope).text(_KEY)) is not None:
        raise InvalidValue(KEY, key, "cannot be used for many messages")


def clean_key(field: str, key: str | None) -> str | None:
    """Normalise a key to the id that it becomes (NFC, like all names).

    Raises:
        InvalidValue: the key is not a valid id.
    """
    return None if key is None else clean_text(field, key)
