"""Files that tell how a file is to be read, so that it is said once: mappings, in TOML."""

import json
import os
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import uuid4

from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.reading_options import ReadingOptions, as_delimiter
from allocation.errors import InputError

_FIRST_LINE: Final = "# How `allocation import` reads a file: use it with --mapping."
_LONGEST: Final = 100_000
_TYPES: Final = {field.name: str for field in fields(ReadingOptions)} | {
    "columns": dict,
    "header_row": int,
}


class UnusableMapping(InputError):
    """A file is no mapping, or cannot be read or written as one."""

    code: ClassVar[str] = "unusable_mapping"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


def load_mapping(path: Path) -> ReadingOptions:
    """The options that a mapping file tells.

    Raises:
        UnusableMapping: it is none.
        InvalidOption: a value in it is not possible.
        UnusableFile: it cannot be read.
    """
    with using(path), path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    values = _values(path, content)
    if "delimiter" in values:
        values["delimiter"] = as_delimiter(values["delimiter"])
    return ReadingOptions(**values)


def save_mapping(path: Path, options: ReadingOptions) -> None:
    """Write a mapping file, in place of an older one.

    Raises:
        UnusableMapping: another kind of file is there.
        UnusableFile: the file cannot be written.
    """
    if os.path.lexists(path):
        load_mapping(path)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    with using(path):
        try:
            beside.write_text(_as_toml(options), encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def overridden(mapping: ReadingOptions, options: ReadingOptions) -> ReadingOptions:
    """The options of a mapping, except those that are given beside it."""
    names = [field.name for field in fields(ReadingOptions)]
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    return replace(mapping, **given | {"columns": {**mapping.columns, **options.columns}})


def _values(path: Path, content: bytes) -> dict[str, Any]:
    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnusableMapping(path, f"is no mapping file: {error}") from None
    if len(content) > _LONGEST or not (values or content.startswith(_FIRST_LINE.encode())):
        raise UnusableMapping(path, "is no mapping file")
    for name, value in values.items():
        if name not in _TYPES:
            names = ", ".join(_TYPES)
            raise UnusableMapping(path, f"is no mapping file: {name!r} is none of {names}")
        if type(value) is not _TYPES[name]:
            raise UnusableMapping(
                path, f"is no mapping file: {name} {value!r} is no {_TYPES[name].__name__}"
            )
    columns = values.get("columns", {})
    if not all(isinstance(name, str) for name in columns.values()):
        raise UnusableMapping(path, "is no mapping file: the name of a column is no text")
    return values


def _as_toml(options: ReadingOptions) -> str:
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    columns = values.pop("columns")
    lines = [f"{name} = {_quoted(value)}" for name, value in values.items() if value is not None]
    names = [f"{_quoted(column)} = {_quoted(name)}" for column, name in columns.items()]
    return "\n".join([_FIRST_LINE, *lines, *(["", "[columns]", *names] if names else []), ""])


def _quoted(value: str | int) -> str:
    # A string of JSON is one of TOML, except for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
