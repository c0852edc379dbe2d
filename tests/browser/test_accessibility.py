"""The rules of axe hold on every page, in light and in dark."""

from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visitor
from tests.support.browser_pages import EMPTY_PAGES, PAGES, BoardPage
from tests.support.browser_sites import Site
from tests.support.browser_visits import SCHEMES, Scheme

UNDECIDED: Final = {
    "color-contrast": "<text",  # of SVG, for whose colours there is a test of their own
    "th-has-data-cells": "<table",  # below the last head, the head of a group spans all columns
}
"""Rules that axe cannot decide on some parts, and how these parts begin; the reason is beside."""

in_both_schemes = pytest.mark.parametrize("scheme", SCHEMES)


def broken_rules(tab: Any) -> dict[str, list[str]]:
    """The rules that are broken, or undecided without a reason, with the parts concerned."""
    results = Axe().run(tab).response
    broken = {rule["id"]: parts_of(rule) for rule in results["violations"]}
    for rule in results["incomplete"]:
        begin = UNDECIDED.get(rule["id"])
        parts = [part for part in parts_of(rule) if begin is None or not part.startswith(begin)]
        broken |= {rule["id"]: parts} if parts else {}
    return broken


def parts_of(rule: Any) -> list[str]:
    """The parts of a page that a rule concerns."""
    return [str(node["html"]) for node in rule["nodes"]]


@in_both_schemes
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_accessible(
    visit: Visitor, sqlite_site: Site, page: BoardPage, scheme: Scheme
) -> None:
    assert broken_rules(visit(sqlite_site, scheme=scheme).page(page.path)) == {}


@in_both_schemes
@pytest.mark.parametrize("page", EMPTY_PAGES, ids=lambda page: page.name)
def test_a_page_of_an_empty_shop_is_accessible(
    visit: Visitor, empty_site: Site, page: BoardPage, scheme: Scheme
) -> None:
    assert broken_rules(visit(empty_site, scheme=scheme).page(page.path)) == {}


@in_both_schemes
def test_the_login_is_accessible(visit: Visitor, keyed_site: Site, scheme: Scheme) -> None:
    assert broken_rules(visit(keyed_site, scheme=scheme).page("/login")) == {}
