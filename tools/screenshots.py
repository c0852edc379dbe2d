"""`python -m tools.screenshots [FOLDER]`: pictures of every page of the board.

Each page is taken in light and in dark, on a desktop and on a phone, of an empty, a typical and a
crowded shop. The picture of the README, `docs/board.png`, is one of them.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.support.browser import OMITTED, find_browser, launched
from tests.support.browser_pages import CROWDED_PAGES, EMPTY_PAGES, EXAMPLE_PAGES, BoardPage
from tests.support.browser_shops import Message, crowded_shop, example_shop
from tests.support.browser_sites import Site, open_site
from tests.support.browser_visits import DESKTOP, PHONE, SCHEMES, Visit
from tests.support.databases import SQLite

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "screenshots"
PICTURE: Final = ROOT / "docs" / "board.png"
LARGEST: Final = 200_000
"""The maximum size of the README's picture, in bytes."""

SIZES: Final = {"desktop": DESKTOP, "phone": PHONE}


class Shop(NamedTuple):
    """A shop, and the pages that are taken of it."""

    name: str
    pages: Iterable[BoardPage]
    messages: Iterable[Message]


SHOPS: Final = (
    Shop("empty", EMPTY_PAGES, ()),
    Shop("typical", EXAMPLE_PAGES, example_shop()),
    Shop("full", CROWDED_PAGES, crowded_shop()),
)


def main(folder: Path) -> None:
    """Take all pictures, in place of those that the folder has."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with launched() as browser:
        for shop in SHOPS:
            with TemporaryDirectory() as name:
                place = Path(name)
                url = SQLite(place).migrated(place)
                with open_site(url, place, list(shop.messages)) as site:
                    for path in _pictures(browser, site, shop, folder):
                        sys.stdout.write(f"{path}\n")


def _pictures(browser: "Browser", site: Site, shop: Shop, folder: Path) -> Iterator[Path]:
    for scheme in SCHEMES:
        for size_name, size in SIZES.items():
            with ExitStack() as stack:
                visit = Visit(browser, site.address, scheme=scheme, size=size)
                stack.callback(visit.close)
                for page in shop.pages:
                    tab = visit.page(page.path)
                    path = folder / f"{page.name}-{shop.name}-{size_name}-{scheme}.png"
                    tab.screenshot(path=path, full_page=True)
                    if page.is_picture and path.name.endswith("typical-desktop-light.png"):
                        tab.screenshot(path=PICTURE)
                        _check(PICTURE)
                    tab.close()
                    yield path


def _check(picture: Path) -> None:
    size = picture.stat().st_size
    if size >= LARGEST:
        sys.exit(f"{picture} has {size:,} bytes; the maximum is {LARGEST:,}")


if __name__ == "__main__":
    if find_browser() is None:
        sys.exit(OMITTED)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
