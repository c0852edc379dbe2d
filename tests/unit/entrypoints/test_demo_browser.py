"""The browser in which the demo opens the board."""

import threading
import webbrowser

import pytest

from allocation.entrypoints.cli.demo.browser import open_browser

URL = "http://127.0.0.1:8000/"


class Browser(webbrowser.BaseBrowser):
    """Notes what it opens."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        return True


def open_and_wait(url: str) -> None:
    open_browser(url)
    for thread in threading.enumerate():
        if thread.name == "browser":
            thread.join(10)


@pytest.fixture
def preferred(monkeypatch: pytest.MonkeyPatch) -> list[Browser]:
    """The browser of the user is the first one here; there is none if the list is empty."""
    browsers: list[Browser] = []

    def get() -> Browser:
        if not browsers:
            raise webbrowser.Error("could not locate runnable browser")
        return browsers[0]

    monkeypatch.setattr(webbrowser, "get", get)
    return browsers


def test_the_browser_opens_the_board(preferred: list[Browser]) -> None:
    preferred.append(Browser("firefox"))

    open_and_wait(URL)

    assert preferred[0].opened == [URL]


@pytest.mark.parametrize("name", ["w3m", "lynx", "www-browser"])
def test_a_browser_in_the_terminal_is_not_opened(preferred: list[Browser], name: str) -> None:
    preferred.append(Browser(name))

    open_and_wait(URL)

    assert preferred[0].opened == []


def test_a_machine_without_a_browser_is_no_error(preferred: list[Browser]) -> None:
    failed: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", failed.append)
        open_and_wait(URL)

    assert failed == []
