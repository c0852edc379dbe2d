"""The documents lead to nothing that a clone does not have."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("docs", "benchmarks", "examples")
DOCUMENTS: Final = [
    *sorted(ROOT.glob("*.md")),
    *sorted(document for folder in FOLDERS for document in (ROOT / folder).rglob("*.md")),
]

_LINK: Final = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_into_the_clone(document: Path) -> None:
    links = _LINK.findall(document.read_text(encoding="utf-8"))

    for link in (link for link in links if "://" not in link):
        target = (document.parent / link).resolve()
        assert target.is_relative_to(ROOT), f"{link} leads out of the clone"
        assert target.exists(), f"{link} leads nowhere"


FOLDER: Final = ROOT / "docs" / "adr"
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
