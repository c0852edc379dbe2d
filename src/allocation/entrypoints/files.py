"""Errors of reading and writing a command's files."""

from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from allocation.errors import InputError
from allocation.files import os_errors_as


class UnusableFile(InputError):
    """A file cannot be read or written, for example on a full disk."""

    code: ClassVar[str] = "unusable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


using: Final = partial(os_errors_as, UnusableFile)
"""Raises any OSError as an `UnusableFile`."""
