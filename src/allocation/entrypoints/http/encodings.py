"""The encoding of a body: JSON must be UTF-8; a byte order mark is accepted and ignored."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from typing import Final

_OTHERS: Final = (
    (BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark is a prefix of this one
    (BOM_UTF32_BE, "UTF-32"),
    (BOM_UTF16_LE, "UTF-16"),
    (BOM_UTF16_BE, "UTF-16"),
)


def without_mark(body: bytes) -> bytes:
    """Strip the byte order mark that some programs write before UTF-8."""
    return body.removeprefix(BOM_UTF8)


def other_encoding(body: bytes) -> str | None:
    """Detect UTF-16 and UTF-32; return the name of the encoding, or None for UTF-8."""
    for mark, name in _OTHERS:
        if body.startswith(mark):
            return name
    # Without a mark: JSON in UTF-8 never has a NUL beside its first bracket.
    start = body[:4]
    has_nul = b"\0" in start and start.lstrip(b"\0")[:1] in (b"{", b"[")
    return "UTF-16 or UTF-32" if has_nul else None
