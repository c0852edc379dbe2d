"""The encoding of a text file: its byte order mark, or what its bytes can be."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from allocation.entrypoints.table_files.layout import UnreadableFile

UTF_8: Final = "utf-8-sig"
"""UTF-8, with a byte order mark or without."""

WINDOWS_1252: Final = "windows-1252"

_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WIDE: Final = {
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16"),
    "utf-32-le": (codecs.BOM_UTF32_LE, "utf-32"),
    "utf-32-be": (codecs.BOM_UTF32_BE, "utf-32"),
}
"""The codecs that take a byte order mark for text, with that mark and the codec that skips it."""

_CANDIDATES: Final = ("utf-16-le", "utf-16-be")
_CHUNK: Final = 2**20
_MULTI_BYTE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
"""A character of UTF-8 that is not ASCII."""

_LONGEST: Final = 4
"""Bytes of the longest character of UTF-8."""


def candidate_encodings(path: Path, file: BinaryIO, encoding: str | None) -> tuple[str, ...]:
    """The encodings that a file may have: one, unless it has NUL bytes and no byte order mark.

    Args:
        path: named in errors.
        file: the file, which is read as a whole.
        encoding: the one that the user says.

    Raises:
        UnreadableFile: the file has not the encoding that it is said to have, or a mixture.
    """
    marked = encoding_by_mark(_start(file))
    if encoding is not None:
        name = codecs.lookup(encoding).name
        if name in {"utf-8", UTF_8}:
            return (UTF_8,)  # its invalid bytes are refused row by row
        if name.startswith("utf-"):
            encoding = name  # however it is spelt
        if name in _WIDE and _start(file).startswith(_WIDE[name][0]):
            encoding = _WIDE[name][1]
        check_encoding(path, file, encoding)
        return (encoding,)
    if marked is not None and marked != UTF_8:
        check_encoding(path, file, marked)
        return (marked,)
    is_utf_8, has_nul = _scanned(file)
    if marked == UTF_8:
        return (UTF_8,)
    wide = _CANDIDATES if has_nul else ()
    if is_utf_8:
        return (*wide, UTF_8)
    if _has_multi_byte(file):
        raise UnreadableFile(
            path,
            "is neither UTF-8 nor windows-1252, but has characters of both: say --encoding utf-8"
            " (rows that are not UTF-8 are refused), or --encoding windows-1252",
        )
    if not wide:
        check_encoding(path, file, WINDOWS_1252)
    return (*wide, WINDOWS_1252)


def check_encoding(path: Path, file: BinaryIO, encoding: str) -> None:
    """Check that the whole file has this encoding.

    Raises:
        UnreadableFile: it has not; the error names the line and the first such bytes.
    """
    decoder, line, text = codecs.getincrementaldecoder(encoding)(), 1, ""
    try:
        for chunk in _chunks(file):
            text = decoder.decode(chunk)
            line += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        where, what = line, ""
        if isinstance(error, UnicodeDecodeError):
            start = error.object[: error.start].decode(encoding, errors="ignore")
            where, bad = line + start.count("\n"), error.object[error.start : error.end][:4]
            what = f" the bytes {bad.hex(' ')} in"
        reason = f"is not {encoding}:{what} line {where} are no text in it; say --encoding NAME"
        raise UnreadableFile(path, reason) from None


def marked_form(encoding: str) -> str:
    """The encoding that writes a byte order mark, if there is one: it is recognised when read."""
    return _WIDE[encoding][1] if encoding in _WIDE else encoding


def is_recognised(encoding: str) -> bool:
    """Whether a file that is written in this encoding begins with a byte order mark."""
    return encoding in _MARKS.values()


def _start(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_LONGEST)


def encoding_by_mark(start: bytes) -> str | None:
    """The encoding whose byte order mark is at the start of a file, if there is one."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)


def _scanned(file: BinaryIO) -> tuple[bool, bool]:
    """Whether a file is UTF-8, and whether it has NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf_8, has_nul = True, False
    for chunk in _chunks(file):
        has_nul = has_nul or b"\0" in chunk
        try:
            is_utf_8 = is_utf_8 and decoder.decode(chunk) is not None
        except UnicodeDecodeError:
            is_utf_8 = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf_8 = False
    return is_utf_8, has_nul


def _has_multi_byte(file: BinaryIO) -> bool:
    end = b""
    for chunk in _chunks(file):
        if _MULTI_BYTE.search(end + chunk):
            return True
        end = chunk[-_LONGEST + 1 :]
    return False


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
