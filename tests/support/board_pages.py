"""Pages of the board as their readers see them: tables, links and forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
Attributes = list[tuple[str, str | None]]

HTML: Final = {"Accept": "text/html"}

VOID: Final = frozenset({"input", "link", "meta"})
"""The elements of the pages that have no end."""


@dataclass
class Form:
    """A form, or a button of one that leads elsewhere: where, and the fields by name."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class ReadPage:
    """A page: its status, its text, its tables with heads, its links, and its forms.

    `live_text` is the part of the text that is brought up to date while the page is open.
    """

    status: int
    text: str = ""
    live_text: str = ""
    tables: list[list[list[str]]] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the first table, without its head; none if there is no table."""
        return self.tables[0][1:] if self.tables else []

    def form_to(self, action: str) -> Form:
        """The first form that leads to this address."""
        return next(form for form in self.forms if form.action == action)

    def leads_to(self, action: str) -> bool:
        """Whether a form leads to this address."""
        return any(form.action == action for form in self.forms)


class _Reader(HTMLParser):
    def __init__(self, page: ReadPage) -> None:
        super().__init__()
        self._page = page
        self._link: str | None = None
        self._link_text = ""
        self._is_in_cell = False
        self._open: list[bool] = []
        self._other_actions: list[str] = []
        """Where the buttons of a form lead that do not lead where the form does."""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append("data-live" in values)
        match tag:
            case "table":
                self._page.tables.append([])
            case "tr":
                self._page.tables[-1].append([])
            case "td" | "th":
                self._page.tables[-1][-1].append("")
                self._is_in_cell = True
            case "a":
                self._link, self._link_text = values.get("href"), ""
            case "form":
                self._page.forms.append(Form(values["action"]))
            case "button" if "formaction" in values:
                self._other_actions.append(values["formaction"])
            case "input" if values.get("type") != "checkbox" and "name" in values:
                self._page.forms[-1].fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()
        if tag == "a" and self._link is not None:
            self._page.links[self._link_text.strip()] = self._link
            self._link = None
        elif tag in ("td", "th"):
            self._is_in_cell = False
        elif tag == "form":
            fields = self._page.forms[-1].fields
            self._page.forms += [Form(action, fields) for action in self._other_actions]
            self._other_actions.clear()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        self._page.text += f"{text} "
        if any(self._open):
            self._page.live_text += f"{text} "
        self._link_text += text
        if self._is_in_cell:
            row = self._page.tables[-1][-1]
            row[-1] = f"{row[-1]} {text}".strip()


def page_in(response: Response) -> ReadPage:
    """The page in a response."""
    page = ReadPage(response.status_code)
    _Reader(page).feed(response.text)
    return page


def page_at(client: Client, address: str) -> ReadPage:
    """The page at an address, as a browser gets it."""
    return page_in(client.get(address, headers=HTML))


def filled_in(client: Client, form: Form, **fields: str) -> ReadPage:
    """The page to which a form leads that is sent with GET; the fields replace its own."""
    return page_in(client.get(form.action, params={**form.fields, **fields}, headers=HTML))


def sent(client: Client, page: ReadPage, **fields: str) -> Response:
    """The response to the form of a preview; the fields replace its own."""
    [form] = [each for each in page.forms if each.action.startswith("/board/send/")]
    return client.post(
        form.action, data={**form.fields, **fields}, headers=HTML, follow_redirects=False
    )
