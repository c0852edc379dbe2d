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
