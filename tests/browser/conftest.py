"""A browser, and the sites that it visits."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.conftest import SQL
from tests.support.browser import launched
from tests.support.browser_shops import small_shop
from tests.support.browser_sites import Site, guarded_site, open_site, site_of_two
from tests.support.browser_visits import Visit
from tests.support.databases import PostgreSQL, SQLite

Visitor = Callable[..., Visit]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser of this worker, as long as it runs tests of this package.

    It does not outlive them, because other tests run event loops of their own.
    """
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Begins visits; at the end of the test, nothing may have gone wrong in them."""
    with ExitStack() as stack:

        def begin(site: Site, *, but: tuple[str, ...] = (), **settings: Any) -> Visit:
            begun = Visit(browser, site.address, **settings)
            stack.callback(begun.close, but=but)
            return begun

        yield begin


@pytest.fixture(scope="session")
def sqlite_site(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A shop on SQLite, one process."""
    folder = tmp_path_factory.mktemp("site")
    with open_site(sqlite.migrated(folder), folder, small_shop()) as site:
        yield site


@pytest.fixture(scope="session")
def postgresql_site(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The same shop on PostgreSQL, two processes."""
    folder = tmp_path_factory.mktemp("site")
    with postgresql.migrated() as url, site_of_two(url, folder, small_shop()) as site:
        yield site


@pytest.fixture(params=SQL)
def any_site(request: pytest.FixtureRequest) -> Site:
    """The shop on SQLite, then on PostgreSQL."""
    site: Site = request.getfixturevalue(f"{request.param}_site")
    return site


@pytest.fixture(scope="session")
def empty_site(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A shop without any stock."""
    folder = tmp_path_factory.mktemp("empty-site")
    with open_site(sqlite.migrated(folder), folder) as site:
        yield site


@pytest.fixture(scope="session")
def keyed_site(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop behind access keys."""
    folder = tmp_path_factory.mktemp("keyed-site")
    with guarded_site(sqlite.migrated(folder), folder, small_shop()) as site:
        yield site
