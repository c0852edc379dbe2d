"""The browser of the tests: the Chromium that the system has."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")

OMITTED: Final = (
    "tests/browser is left out, because there is no Chromium: apt-get install chromium, "
    "or set CHROMIUM to its path"
)
"""What a run of the tests says without a browser."""


def find_browser() -> str | None:
    """The path of the browser; None if there is none."""
    names = (os.environ.get("CHROMIUM"), *PROGRAMS)
    return next((path for name in names if name and (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator["Browser"]:
    """A browser without a window, whose language is American English.

    While it runs, its thread has a running event loop, so that nothing else can run one there.
    """
    from playwright.sync_api import sync_playwright

    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses to be root's within it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(),
            args=[*sandbox, "--lang=en-US"],
            env={**os.environ, "LANGUAGE": "en_US"},
        )
        yield browser
        browser.close()
