"""The key that a request is made with: in the header Authorization, and nowhere else."""

import re
from typing import Any, Final
from urllib.parse import unquote

from allocation.access.keys import KeyText
from allocation.entrypoints.http.errors import InvalidKey, KeyInUrl
from allocation.entrypoints.http.requests import BLANKS, RequestHeaders

AUTHORIZATION: Final = b"authorization"

_SCHEME: Final = b"bearer"
_IN_URL: Final = re.compile("alk_[0-9a-f]{12}_", re.IGNORECASE)
"""The beginning of a key's secret; its prefix alone is no secret, and part of some addresses."""


def refuse_key_in_url(scope: Any) -> None:
    """Refuse a request whose URL contains a key, since URLs are logged and stored everywhere.

    Raises:
        KeyInUrl: the path or the query string contains a key.
    """
    query = scope["query_string"]
    if _IN_URL.search(scope["path"]) or (query and _IN_URL.search(unquote(query))):
        raise KeyInUrl("The URL contains a key: send it in the header Authorization")


def key_in(headers: RequestHeaders) -> KeyText | None:
    """The key in the header Authorization; None without that header.

    Raises:
        InvalidKey: the header does not contain a key.
        RepeatedHeader: the header appears more than once.
    """
    value = headers.values.get(AUTHORIZATION)
    if value is None:
        return None
    if headers.repeated:
        headers.refuse_repeated(AUTHORIZATION)
    scheme, _, text = value.partition(b" ")
    key = KeyText.parse(text.strip(BLANKS).decode("latin-1"))
    if scheme.lower() != _SCHEME or key is None:
        raise InvalidKey("The Authorization header is not `Bearer` and a key")
    return key
