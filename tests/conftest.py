"""Databases for every test that asks for one: fresh, real, and gone afterwards."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from inspect import iscoroutinefunction, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.messaging.ports import Store
from tests.support.browser import OMITTED, find_browser
from tests.support.databases import PostgreSQL, SQLite, running_server
from tests.support.spies import TappedDatabase
from tests.support.storages import InDatabase, InMemory, InToyStore, OpenDatabase, Storage
from tests.support.waiting import TIMEOUT

if TYPE_CHECKING:
    from tests.support.scheduling import Scheduling

SQL = ("sqlite", "postgresql")

BROWSER_TESTS = Path(__file__).with_name("browser")


def pytest_configure() -> None:
    """Refuse to run without a browser where all tests must run."""
    if os.environ.get("CI") and find_browser() is None:
        raise pytest.UsageError(OMITTED)


def pytest_report_header() -> str | None:
    """Say which tests are left out, in a line."""
    return OMITTED if find_browser() is None else None


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the tests that need a browser if there is none."""
    is_for_browser = BROWSER_TESTS in (collection_path, *collection_path.parents)
    return True if is_for_browser and find_browser() is None else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slow tests begin first: one that begins last keeps one worker busy alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine in an event loop of its own; it has a minute."""
    if not iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in signature(pyfuncitem.obj).parameters}

    async def in_time() -> None:
        async with asyncio.timeout(TIMEOUT):
            await pyfuncitem.obj(**arguments)

    asyncio.run(in_time())
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "Scheduling":
    """Share the tests out among the workers as `tests.support.scheduling` says."""
    from tests.support.scheduling import Scheduling

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The PostgreSQL server of this test run."""
    with running_server() as server:
        yield PostgreSQL(server)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    """The SQLite files of this test run."""
    return SQLite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """A PostgreSQL database with the tables, and nothing in them."""
    with postgresql.migrated() as url:
        yield url


@pytest.fixture
def empty_postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """A PostgreSQL database without tables."""
    with postgresql.empty() as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite: SQLite, tmp_path: Path) -> str:
    """A SQLite file with the tables, and nothing in them."""
    return sqlite.migrated(tmp_path)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture(params=SQL)
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with the tables: SQLite, then PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=SQL)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database without tables: SQLite, then PostgreSQL."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
def open_database() -> Iterator[OpenDatabase]:
    """Opens databases, and closes them when the test is over."""
    with ExitStack() as stack:

        def opened(url: str) -> Database:
            database = TappedDatabase(url)
            stack.callback(database.close)
            return database

        yield opened


@pytest.fixture
def database(database_url: str, open_database: OpenDatabase) -> Database:
    """An open database with the tables."""
    return open_database(database_url)


@pytest.fixture
def empty_database(empty_database_url: str, open_database: OpenDatabase) -> Database:
    """An open database without tables."""
    return open_database(empty_database_url)


@pytest.fixture(params=("memory", *SQL))
def storage(request: pytest.FixtureRequest) -> Storage:
    """Every place where state and log can be kept."""
    if request.param == "memory":
        return InMemory()
    if request.param == "toy":
        return InToyStore()
    url = request.getfixturevalue(f"{request.param}_url")
    return InDatabase(url, request.getfixturevalue("open_database"))


@pytest.fixture
def store(storage: Storage) -> Store:
    """A store on every place."""
    return storage.store()


@pytest.fixture
def uow_factory(storage: Storage) -> Callable[[], StandaloneUnitOfWork]:
    """Opens units of work, on every place."""
    return storage.uow
