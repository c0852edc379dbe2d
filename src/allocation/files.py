"""Errors of reading and writing files, named after the file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def os_errors_as(error: Callable[[Any, str], Exception], path: Path) -> Iterator[None]:
    """Raise any OSError as this error, with the path of the file and the reason.

    Raises:
        Exception: `error(path, reason)`.
    """
    try:
        yield
    except OSError as cause:
        raise error(cause.filename or path, cause.strerror or str(cause)) from cause
