"""`make docs` builds a complete site, which needs no other host."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tools.site import ROOT, build

from tests.support.built_site import BuiltSite

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs"
PLACEHOLDERS = {"127.0.0.1", "localhost", "HOST", "allocation"}
"""What snippets have for a host: this machine, a name to fill in, nginx's name of the service."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    folder = tmp_path_factory.mktemp("site")
    copy_of_the_sources(folder)
    build(folder)
    return BuiltSite(folder / "site")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Another folder with what the site is built of, to be changed."""
    copy_of_the_sources(tmp_path)
    return tmp_path


def test_every_document_has_a_page_that_the_navigation_leads_to(site: BuiltSite) -> None:
    home = (site.folder / "index.html").resolve()
    linked = {(home.parent / target).resolve() for target in site.pages[home].navigation}

    expected = {page_of(document, site.folder) for document in DOCS.rglob("*.md")}
    assert expected <= set(site.pages)
    assert sorted(expected - linked) == []


def test_no_link_of_the_site_is_broken(site: BuiltSite) -> None:
    assert list(site.broken_links()) == []


def test_the_site_names_no_other_host(site: BuiltSite) -> None:
    named = {host for host in site.hosts() if not host.endswith(".example")}

    assert named <= PLACEHOLDERS


def test_the_site_can_be_searched(site: BuiltSite) -> None:
    assert "settled horizon" in (site.folder / "search.json").read_text("utf-8")


def test_diagrams_are_shown_as_code(site: BuiltSite) -> None:
    architecture = (site.folder / "architecture.html").read_text("utf-8")

    assert "<code>stateDiagram-v2" in architecture
    assert 'class="mermaid"' not in architecture


def test_a_link_to_no_page_is_found(sources: Path) -> None:
    (sources / "docs/index.md").write_text("# Home\n\n[Nowhere](nowhere.md)\n")
    build(sources)

    assert "index.html: nowhere.html" in BuiltSite(sources / "site").broken_links()


def test_a_link_to_no_section_stops_the_build(sources: Path) -> None:
    (sources / "docs/index.md").write_text("# Home\n\n[Nothing](feed.md#nothing)\n")

    with pytest.raises(subprocess.CalledProcessError):
        build(sources)


def test_a_host_in_the_prose_is_found(sources: Path) -> None:
    (sources / "docs/index.md").write_text("# Home\n\nSee http://shop.invalid/a.\n")
    build(sources)

    assert "shop.invalid" in BuiltSite(sources / "site").hosts()


def copy_of_the_sources(folder: Path) -> None:
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)


def page_of(document: Path, folder: Path) -> Path:
    """The page that is built of a document: its README is the index of a folder."""
    page = folder / document.relative_to(DOCS).with_suffix(".html")
    return (page.with_stem("index") if page.stem == "README" else page).resolve()
