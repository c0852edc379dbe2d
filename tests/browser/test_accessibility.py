"""The rules of axe hold on every page, in light and in dark."""

from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visitor
from tests.support.browser_pages import EMPTY_PAGES, PAGES, BoardPage
from tests.support.browser_sites import Site
from tests.support.browser_visits import SCHEMES, Scheme

UNDECIDED: Final = {
    "th-has-data-cells": "the head of a group of rows spans all columns, so that below the head of "
    "the last column axe sees another head instead of data",
}
"""Rules that axe cannot decide here, each with the reason for which it need not."""

in_both_schemes = pytest.mark.parametrize("scheme", SCHEMES)


def broken_rules(tab: Any) -> dict[str, list[str]]:
    """The rules that are broken, or undecided without a reason, with the parts concerned."""
    results = Axe().run(tab).response
    undecided = [rule for rule in results["incomplete"] if rule["id"] not in UNDECIDED]
    return {
        rule["id"]: [node["html"] for node in rule["nodes"]]
        for rule in (*results["violations"], *undecided)
    }


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
