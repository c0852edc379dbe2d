"""Visits of a site with a browser, in which nothing may go wrong."""

from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
    expect,
)

from tests.support.waiting import TIMEOUT

Scheme = Literal["light", "dark"]

SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

DESKTOP: Final = (1280, 900)
PHONE: Final = (390, 844)

TIMEOUT_MS: Final = TIMEOUT * 1_000
"""Milliseconds for which a page is waited for; Playwright's five seconds are too few for a busy
machine, on which a page takes as long as the processes before it."""

expect.set_options(timeout=TIMEOUT_MS)

_TELL_VIOLATIONS: Final = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`violates ${event.violatedDirective}: ${event.blockedURI}`))"""

_FAILED_TO_LOAD: Final = "Failed to load resource"
"""How the console tells of responses, which are judged by `_check_response`."""

_PARTS: Final = frozenset({"stylesheet", "script", "image", "font"})


class Visit:
    """A visitor of one site, with cookies of their own, and all that went wrong meanwhile."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        scheme: Scheme = "light",
        size: tuple[int, int] = DESKTOP,
        has_script: bool = True,
    ) -> None:
        """A phone is touched; the motion of the pages is reduced, so that they hold still."""
        self.address = address
        self.problems: list[str] = []
        self.requests: list[str] = []
        """The paths of all requests."""
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            java_script_enabled=has_script,
            locale="en-GB",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.context.add_init_script(_TELL_VIOLATIONS)
        self.context.on("console", self._check_message)
        self.context.on("weberror", self._check_error)
        self.context.on("request", self._check_request)
        self.context.on("response", self._check_response)

    def page(self, path: str) -> Page:
        """A new tab that shows a page."""
        tab = self.context.new_page()
        tab.goto(path)
        return tab

    def close(self, *, but: Sequence[str] = ()) -> None:
        """End the visit. Problems that contain one of the texts of `but` are expected.

        Raises:
            AssertionError: something went wrong during the visit.
        """
        self.context.close()
        unexpected = [each for each in self.problems if not any(text in each for text in but)]
        assert not unexpected, unexpected

    def _check_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_FAILED_TO_LOAD):
            self.problems.append(f"console: {message.text}")

    def _check_error(self, error: WebError) -> None:
        self.problems.append(f"page: {error.error}")

    def _check_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        self.requests.append(parts.path)
        if parts.scheme != "data" and parts.netloc != urlsplit(self.address).netloc:
            self.problems.append(f"another host: {request.url}")

    def _check_response(self, response: Response) -> None:
        least = 400 if response.request.resource_type in _PARTS else 500
        if response.status >= least:
            self.problems.append(f"status {response.status}: {response.url}")
