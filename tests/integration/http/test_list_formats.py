"""Lists for programs: lines of JSON and CSV, as the Accept header asks for them."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import event, insert

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, products
from allocation.entrypoints.http.errors import NotAcceptable
from allocation.entrypoints.http.media_types import chosen
from allocation.views import LISTS, MOST_LISTED, Listing
from tests.integration.http.conftest import Client
from tests.support.crowded_database import batch, product
from tests.support.requests import add_batch, allocate

CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
EVERY = pytest.mark.parametrize("listing", LISTS, ids=[each.name for each in LISTS])
ODD = 'b,"1"; Ü'
ROWS = 2 * MOST_LISTED + 5


@pytest.fixture
def stocked(client: Client) -> Client:
    """One row in each list."""
    add_batch(client, ODD, qty=10)
    add_batch(client, "s1", qty=10, eta="2001-01-01")
    for number in range(3):
        allocate(client, f"o{number}", required_by="2030-01-01")
    return client


@pytest.fixture
def many(any_client: Client) -> Client:
    """More batches than a page holds."""
    database: Database = any_client.app.state.application.database
    with database.writing() as connection:
        connection.execute(insert(products), [product("LAMP", 1)])
        rows = [batch(f"b{n:05}", "LAMP", 5, 0) for n in range(ROWS)]
        connection.execute(insert(batches), rows)
        connection.commit()
    return any_client


@EVERY
def test_lines_of_json_are_the_rows(stocked: Client, listing: Listing[Any]) -> None:
    rows = stocked.get(f"/{listing.name}").json()[listing.items]
    answer = stocked.get(f"/{listing.name}", headers={"Accept": NDJSON})
    assert answer.headers["content-type"] == NDJSON
    assert [json.loads(line) for line in answer.text.splitlines()] == rows


@EVERY
def test_csv_has_a_line_of_names_and_the_rows(stocked: Client, listing: Listing[Any]) -> None:
    rows = stocked.get(f"/{listing.name}").json()[listing.items]
    answer = stocked.get(f"/{listing.name}", headers={"Accept": CSV})
    assert answer.headers["content-type"] == f"{CSV}; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{listing.name}.csv"'
    assert answer.headers["vary"] == "Accept"
    assert answer.text.count("\r\n") == answer.text.count("\n") == len(rows) + 1
    header, *lines = csv.reader(io.StringIO(answer.text, newline=""), strict=True)
    assert tuple(header) == listing.columns
    assert lines == [[as_cell(row[name]) for name in header] for row in rows]


def as_cell(value: Any) -> str:
    """A value of JSON as CSV has it."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_a_stream_has_all_pages(many: Client, media_type: str) -> None:
    answer = many.get("/batches", headers={"Accept": media_type})
    lines = answer.text.splitlines()[1 if media_type == CSV else 0 :]
    assert len(lines) == len(set(lines)) == ROWS
    assert "link" not in answer.headers


@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_with_a_limit_it_is_a_page_that_links_to_the_next_one(
    many: Client, media_type: str
) -> None:
    answer = many.get("/batches?limit=3", headers={"Accept": media_type})
    assert len(answer.text.splitlines()) == (4 if media_type == CSV else 3)
    page = many.get("/batches?limit=3").json()
    assert answer.headers["link"] == f'<{page["next"]}>; rel="next"'


def test_a_stream_begins_after_a_cursor(many: Client) -> None:
    page = many.get("/batches?limit=1000").json()
    answer = many.get(page["next"].replace("limit=1000&", ""), headers={"Accept": NDJSON})
    assert len(answer.text.splitlines()) == ROWS - 1000


@pytest.mark.parametrize("media_type", [CSV, NDJSON, JSON])
def test_head_has_the_headers_alone(many: Client, media_type: str) -> None:
    headers = {"Accept": media_type}
    answer, whole = many.head("/batches", headers=headers), many.get("/batches", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == whole.headers["content-type"]


def test_head_does_not_read_the_whole_list(many: Client) -> None:
    statements = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = many.app.state.application.database.engine
    event.listen(engine, "before_cursor_execute", note)
    many.head("/batches", headers={"Accept": CSV})
    event.remove(engine, "before_cursor_execute", note)
    # The worker may look for overdue shipments meanwhile.
    assert len([each for each in statements if "key_0" in each]) == 1


@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_an_invalid_parameter_of_a_stream_is_refused(many: Client, media_type: str) -> None:
    answer = many.get("/batches?after=x", headers={"Accept": media_type})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_value")


def test_what_no_list_has_is_not_acceptable(client: Client) -> None:
    answer = client.get("/batches", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        *((None, JSON), ("", JSON), ("*/*", JSON), ("text/*", CSV), ("text/csv", CSV)),
        ("TEXT/CSV", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/json;q=0.5, text/csv", CSV),
        ("application/*;q=0.2, text/csv;q=0.1", JSON),
        ("*/*, application/json;q=0.1", NDJSON),
        ("*/*;q=0.1, text/csv;q=0, application/json;q=0", NDJSON),
        ("text/csv;charset=utf-8", CSV),
        ("text/csv;q=1e999, application/json", JSON),
        ("text/csv;q=x", CSV),
        (",,text/csv,", CSV),
        ("nonsense, text/csv", CSV),
    ],
)
def test_the_media_type_is_the_one_that_the_client_prefers(
    header: str | None, media_type: str
) -> None:
    assert chosen(header, (JSON, NDJSON, CSV)) == media_type


@pytest.mark.parametrize("header", ["text/html", "text/csv;q=0", "image/*", "*/*;q=0"])
def test_what_the_client_does_not_accept_is_not_chosen(header: str) -> None:
    with pytest.raises(NotAcceptable):
        chosen(header, (JSON, NDJSON, CSV))
