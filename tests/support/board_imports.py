"""Files that are imported in the board."""

import re
from html import unescape
from typing import Final

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from tests.support.waiting import wait_until

HTML: Final = {"Accept": "text/html"}

Client = TestClient[Litestar]


def upload(client: Client, kind: str, content: str | bytes, name: str = "rows.csv") -> Response:
    """Send the form with a file, as a browser does."""
    files = {"file": (name, content)}
    data = {"csrf": "", "kind": kind}
    return client.post(
        "/board/import", data=data, files=files, headers=HTML, follow_redirects=False
    )


def uploaded(client: Client, kind: str, content: str | bytes, name: str = "rows.csv") -> str:
    """The address of the page of a file that has been uploaded and read."""
    answer = upload(client, kind, content, name)
    assert answer.status_code == 303, answer.text
    settled(client, answer.headers["location"])
    return str(answer.headers["location"])


def imported(client: Client, kind: str, content: str | bytes, name: str = "rows.csv") -> str:
    """The address of the page of a file that has been imported."""
    address = uploaded(client, kind, content, name)
    act(client, address, "run")
    settled(client, address)
    return address


def act(client: Client, address: str, action: str, **fields: str) -> Response:
    """Press a button of the page of a file."""
    answer = client.post(
        f"{address}/{action}", data={"csrf": "", **fields}, headers=HTML, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return answer


def settled(client: Client, address: str) -> str:
    """The text of the page of a file, once nothing is being done with it."""

    def look() -> str | None:
        page = client.get(address, headers=HTML)
        assert page.status_code == 200, page.text
        return None if "Look again" in page.text else page.text

    return words(wait_until(look, "the work on the file has ended"))


def words(page: str) -> str:
    """The words of a page, in one line."""
    main = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(unescape(re.sub("<[^>]*>", " ", main)).replace("\u202f", "").split())
