"""The browser in which the demo opens the board."""

import webbrowser
from contextlib import suppress
from threading import Thread
from typing import Final

TEXT_BROWSERS: Final = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})
"""Browsers that would take over the terminal."""


def open_browser(url: str) -> None:
    """Open a page in the user's browser, unless there is none with a window of its own.

    It returns at once, and never fails: some browsers are waited for until they are closed.
    """
    Thread(target=_open, args=(url,), name="browser", daemon=True).start()


def _open(url: str) -> None:
    with suppress(webbrowser.Error, OSError):
        browser = webbrowser.get()
        if getattr(browser, "name", None) not in TEXT_BROWSERS:
            browser.open(url)
