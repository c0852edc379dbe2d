"""The furniture shop's story, told once on each database."""

from collections.abc import Iterator

import pytest

from tests.e2e.shop_story import Story, live_through
from tests.support.databases import PostgreSQL, SQLite


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """What happened, on SQLite and on PostgreSQL."""
    folder = tmp_path_factory.mktemp("shop")
    if request.param == "sqlite":
        sqlite: SQLite = request.getfixturevalue("sqlite")
        yield live_through(sqlite.migrated(folder), folder)
    else:
        postgresql: PostgreSQL = request.getfixturevalue("postgresql")
        with postgresql.migrated() as url:
            yield live_through(url, folder)
