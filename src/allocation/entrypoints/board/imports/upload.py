"""Receives the form with a file: its fields first, then the file, which goes to disk."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from litestar import Request
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from allocation.entrypoints.files import using
from allocation.entrypoints.http.errors import BodyTooLarge, MalformedRequest
from allocation.entrypoints.http.requests import headers_of
from allocation.errors import InvalidValue

LARGEST: Final = 64 * 1024 * 1024
"""The maximum size of an uploaded file, in bytes."""

MOST_FIELDS: Final = 10
LARGEST_FIELD: Final = 1024
_AROUND_FILE: Final = MOST_FIELDS * (LARGEST_FIELD + 4096)
"""Bytes of the request beside the file: fields, boundaries and headers."""

FILE: Final = "file"

Check = Callable[[Mapping[str, str]], None]
"""Checks the fields of the form before the file is received; raises if it should not be."""


async def receive_file(request: Request[Any, Any, Any], path: Path, check: Check) -> str:
    """Write the file of a form to a path; its name on the client's machine.

    Raises:
        InvalidValue: the body is not such a form, or the file is missing or empty.
        BodyTooLarge: the file is too large.
        MalformedRequest: the client disconnected before the body was complete.
        UnusableFile: the file cannot be written.
        Exception: what `check` has raised.
    """
    _check_length(request)
    with using(path):
        file = path.open("xb")
    with file:
        upload = _Upload(file, check)
        with using(path):
            await upload.receive(request)
        upload.check_fields()
        size = file.tell()
    if upload.name is None or not (upload.name or size):
        raise InvalidValue(FILE, None, "is missing: choose a file")
    if not size:
        raise InvalidValue(FILE, upload.name, "is empty")
    return upload.name


class _Upload:
    """A form that is being received."""

    def __init__(self, file: IO[bytes], check: Check) -> None:
        self.name: str | None = None
        self._file = file
        self._check = check
        self._fields: dict[str, str] = {}
        self._field: bytearray | None = None
        self._name_of_field = ""
        self._is_checked = False

    async def receive(self, request: Request[Any, Any, Any]) -> None:
        size = 0
        try:
            parser = PushMultipartParser(_boundary(request), max_segment_count=MOST_FIELDS)
            async for chunk in _chunks(request):
                size += len(chunk)
                if size > LARGEST + _AROUND_FILE:
                    raise _too_large()
                self._take(parser.parse(chunk))
            parser.close()
        except MultipartError:
            self.check_fields()
            raise InvalidValue("form", None, "is not a complete form with a file") from None

    def check_fields(self) -> None:
        """Check the fields, unless they have been checked; what comes after them does not count."""
        if not self._is_checked:
            self._is_checked = True
            self._check(self._fields)

    def _take(self, events: Iterator[Any]) -> None:
        for event in events:
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event is None:
                self._end()
            elif self._field is None:
                self._file.write(event)
                if self._file.tell() > LARGEST:
                    raise _too_large()
            else:
                self._field += event
                if len(self._field) > LARGEST_FIELD:
                    raise InvalidValue(self._name_of_field, None, "is too long")

    def _begin(self, segment: MultipartSegment) -> None:
        if segment.filename is None:
            self._field, self._name_of_field = bytearray(), segment.name or ""
            return
        if self.name is not None or segment.name != FILE:
            raise InvalidValue("form", None, "has another file than its field for it")
        self.check_fields()
        self._field, self.name = None, segment.filename

    def _end(self) -> None:
        if self._field is not None:
            self._fields[self._name_of_field] = self._field.decode(errors="replace")


def _check_length(request: Request[Any, Any, Any]) -> None:
    length = headers_of(request.scope).text(b"content-length")
    if length is not None and int(length) > LARGEST + _AROUND_FILE:
        raise _too_large()


def _boundary(request: Request[Any, Any, Any]) -> str:
    content_type = headers_of(request.scope).text(b"content-type") or ""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise MultipartError(f"{kind} has no parts")
    return str(options.get("boundary", ""))


async def _chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise MalformedRequest("The client disconnected before the request was complete")
        more = message.get("more_body", False)
        if message["body"]:
            yield message["body"]


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"A file may have at most {LARGEST // 1024**2} MB")
