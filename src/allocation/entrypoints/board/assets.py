"""The files that the pages load: a style sheet, a script and an icon."""

from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from allocation.entrypoints.board.addresses import STATIC

_MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PLACE: Final = Path(__file__).with_name("static")


class StaticFile(NamedTuple):
    """A file with its media type and a tag of its content."""

    content: bytes
    media_type: str
    tag: str


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(content, _MEDIA_TYPES[path.suffix], sha256(content).hexdigest()[:16])


FILES: Final = {path.name: _read(path) for path in _PLACE.iterdir() if path.suffix in _MEDIA_TYPES}

VERSION: Final = sha256("".join(FILES[name].tag for name in sorted(FILES)).encode()).hexdigest()[:8]
"""Part of the address of each file, so that browsers may keep them until they change."""


def asset(name: str) -> str:
    """The address of a file."""
    return f"{STATIC}/{VERSION}/{name}"
