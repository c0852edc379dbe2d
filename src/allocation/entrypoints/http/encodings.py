"""What a body is encoded in: UTF-8, as JSON must be; a byte order mark before it does no harm."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from typing import Final

_OTHERS: Final = (
    (BOM_UTF32_LE, "UTF-32"),  # before UTF-16's, with which it begins
    (BOM_UTF32_BE, "UTF-32"),
    (BOM_UTF16_LE, "UTF-16"),
    (BOM_UTF16_BE, "UTF-16"),
)


def without_mark(body: bytes) -> bytes:
    """The body without the byte order mark that some programs write before UTF-8."""
    return body.removeprefix(BOM_UTF8)


def other_encoding(body: bytes) -> str | None:
    """The name of the encoding that a body shows to be in instead of UTF-8, if it does."""
    for mark, name in _OTHERS:
        if body.startswith(mark):
            return name
    # Without a mark: JSON has no NUL, and here is one around the sign that begins it.
    start = body[:4]
    begun = b"\0" in start and start.lstrip(b"\0")[:1] in (b"{", b"[")
    return "UTF-16 or UTF-32" if begun else None
