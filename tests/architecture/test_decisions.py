"""The pages of docs/adr have a common form, and the index lists them."""

import re
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parents[2] / "docs" / "adr"
PAGES: Final = sorted(FOLDER.glob("[0-9]*.md"))

_HEAD: Final = (
    re.compile(r"# (?P<number>\d{4}) \w"),
    re.compile(r"\bStatus\W+(Proposed|Accepted|Superseded)\b"),
    re.compile(r"\bDate\W+\d{4}-\d{2}-\d{2}\b"),
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_begins_with_its_number_status_and_date_and_is_in_the_index(page: Path) -> None:
    head = page.read_text(encoding="utf-8").partition("Context")[0]
    title, status, date = (line.search(head) for line in _HEAD)

    assert title is not None
    assert page.name.startswith(f"{title['number']}-")
    assert status is not None
    assert date is not None
    assert f"]({page.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
