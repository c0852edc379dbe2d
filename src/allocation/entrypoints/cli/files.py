"""The files that a command is given: what is the matter with one is told with its path."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from allocation.errors import InputError


class UnusableFile(InputError):
    """A file that cannot be read or written, as on a full disk."""

    code: ClassVar[str] = "unusable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


@contextmanager
def using(path: Path) -> Iterator[None]:
    """Only this file is read or written here: what fails is its.

    Raises:
        UnusableFile: it cannot be.
    """
    try:
        yield
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error)) from error
