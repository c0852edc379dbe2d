"""A documentation site that was built: its pages, their links, and the hosts that it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tools.site import NAMESPACES

_TEXTS: Final = {".html", ".js", ".css", ".json"}
_HOSTS: Final = (
    re.compile(r"\b[a-z]+://(?:[^\s/@]*@)?([\w.-]+)"),  # an address
    re.compile(r"[\"'(=]//([\w.-]+)"),  # an address without a scheme
    re.compile(r"\b((?:[\w-]+\.)+(?:com|org|net|io|dev|edu|eu|uk|de))\b"),  # a name in a text
)


@dataclass(frozen=True)
class BuiltPage:
    """A page: what it refers to, in its navigation and in all, and the anchors that it has."""

    targets: list[str] = field(default_factory=list)
    navigation: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = BuiltPage()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        targets = [values[name] for name in ("href", "src") if name in values]
        self.page.targets.extend(targets)
        if tag == "a" and "md-nav__link" in values.get("class", ""):
            self.page.navigation.extend(targets)
        if "id" in values:
            self.page.anchors.add(values["id"])


class BuiltSite:
    """The files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages = {page.resolve(): _read(page) for page in sorted(folder.rglob("*.html"))}

    def broken_links(self) -> Iterator[str]:
        """Each link to a page, a file or an anchor that the site does not have."""
        for path, page in self.pages.items():
            for target in page.targets:
                if not self._has(target, path):
                    yield f"{path.relative_to(self.folder)}: {target}"

    def hosts(self) -> set[str]:
        """Each host that any file of the site names, in an address or by itself."""
        files = (file for file in self.folder.rglob("*") if file.suffix in _TEXTS)
        return {host for file in files for host in _hosts(file.read_text("utf-8"))}

    def _has(self, target: str, path: Path) -> bool:
        address = urlsplit(target)
        if address.scheme or address.netloc:
            return False
        start = self.folder if address.path.startswith("/") else path.parent
        file = (start / address.path.lstrip("/")).resolve() if address.path else path
        return file.exists() and (
            not address.fragment or address.fragment in self.pages[file].anchors
        )


def _hosts(text: str) -> Iterator[str]:
    for name in NAMESPACES:
        text = text.replace(name, "")
    for pattern in _HOSTS:
        yield from pattern.findall(text)


def _read(page: Path) -> BuiltPage:
    reader = _Reader()
    reader.feed(page.read_text("utf-8"))
    return reader.page
