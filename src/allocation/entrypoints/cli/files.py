"""Adds the path to errors of reading and writing a command's files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from allocation.errors import InputError


class UnusableFile(InputError):
    """A file cannot be read or written, for example on a full disk."""

    code: ClassVar[str] = "unusable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


@contextmanager
def using(path: Path) -> Iterator[None]:
    """Raise any OSError as an error of this file.

    Raises:
        UnusableFile: the file cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error)) from error
