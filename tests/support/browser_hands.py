"""How a visitor works: with the pointer, or with the keyboard only."""

from typing import Final, Protocol

from playwright.sync_api import Locator

FURTHEST: Final = 200
"""The number of stops of Tab after which a part of a page counts as out of reach."""


class Hand(Protocol):
    """Uses the parts of a page."""

    def press(self, part: Locator) -> None:
        """Press a button, follow a link, or open a part of the page."""

    def fill(self, part: Locator, text: str) -> None:
        """Replace the text of a field; a date is written as YYYY-MM-DD."""


class Pointer:
    """Clicks."""

    def press(self, part: Locator) -> None:
        """Click."""
        part.click()

    def fill(self, part: Locator, text: str) -> None:
        """Write into a field."""
        part.fill(text)


class Keyboard:
    """Presses Tab, Enter and the keys of letters only."""

    def press(self, part: Locator) -> None:
        """Go there, and press Enter."""
        _tab_to(part)
        part.page.keyboard.press("Enter")

    def fill(self, part: Locator, text: str) -> None:
        """Go there, and type; a date in the order of the browser's language."""
        _tab_to(part)
        keyboard = part.page.keyboard
        if part.get_attribute("type") == "date":
            year, month, day = text.split("-")
            keyboard.type(month + day + year)
        else:
            keyboard.press("ControlOrMeta+a")
            keyboard.type(text)


def _tab_to(part: Locator) -> None:
    part.wait_for()
    for _ in range(FURTHEST):
        if part.evaluate("part => part === document.activeElement"):
            return
        part.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {part}")
