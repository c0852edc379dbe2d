"""`make docs`: builds the documentation site of docs/ and mkdocs.yml, without the internet.

Zensical builds the site. It names other hosts, whose addresses are removed afterwards: a link to
another host, or to a file outside of docs/, becomes its text, and the theme's scripts lose the
addresses of what they would load for features that no page uses (ADR 49).
"""

import posixpath
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).parents[1]

NAMESPACES: Final = (
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/2000/svg",
)
"""Names of XML vocabularies: they look like addresses, but nothing is loaded from there."""

_LINK: Final = re.compile(r'<a href="(?P<target>[^"]*)"[^>]*>(?P<text>.*?)</a>', re.DOTALL)
_ADDRESS: Final = re.compile(rf"(?!(?:{'|'.join(NAMESPACES)})\b)https?://[\w.-]+[^\s\"'`$\\()<>]*")


def build(folder: Path = ROOT) -> None:
    """Build the site of a folder that has docs/ and mkdocs.yml, into its subfolder site/.

    Raises:
        subprocess.CalledProcessError: Zensical has found a mistake, which it has printed.
    """
    zensical = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    subprocess.run(zensical, cwd=folder, check=True)
    site = folder / "site"
    (site / "sitemap.xml").unlink()  # empty, as nobody knows yet where the site will be
    for page in site.rglob("*.html"):
        _rewrite(page, partial(without_links_out, place=page.relative_to(site).parent.as_posix()))
    for asset in [*site.rglob("*.js"), *site.rglob("*.css")]:
        _rewrite(asset, without_addresses)


def without_links_out(html: str, place: str) -> str:
    """A page in the folder `place` of the site, with each link that leads out of it as its text."""

    def link_or_text(link: re.Match[str]) -> str:
        return link["text"] if _leads_out(link["target"], place) else link[0]

    return _LINK.sub(link_or_text, html)


def without_addresses(asset: str) -> str:
    """A script or style sheet without the addresses of other hosts; `NAMESPACES` stay."""
    return _ADDRESS.sub("", asset)


def _leads_out(target: str, place: str) -> bool:
    address = urlsplit(target)
    if address.scheme or address.netloc:
        return True
    return posixpath.normpath(posixpath.join(place, address.path)).startswith("..")


def _rewrite(file: Path, changed: Callable[[str], str]) -> None:
    file.write_text(changed(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    build()
