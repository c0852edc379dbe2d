"""Which SQLite is used, what is known of its version, and which versions are refused."""

from dataclasses import replace

import pytest

from allocation.adapters.sql.engine.sqlite_library import SQLITE, Version, load
from allocation.errors import UnsupportedSQLite


def test_pythons_own_driver_is_used_where_the_preferred_one_is_not_installed() -> None:
    library = load(["no_such_driver", "sqlite3"])

    assert library.package == "sqlite3"
    assert library.dbapi.connect(":memory:").execute("SELECT 1").fetchall() == [(1,)]


def test_the_preferred_driver_is_used_where_it_is_installed() -> None:
    assert load(["sqlite3", "no_such_driver"]).package == "sqlite3"


def test_without_any_driver_the_packages_are_named() -> None:
    with pytest.raises(ImportError, match="no_such_driver, none_either"):
        load(["no_such_driver", "none_either"])


def test_a_library_has_a_version_and_a_package() -> None:
    library = replace(SQLITE, package="pysqlite3", version=(3, 53, 0))

    assert str(library) == "SQLite 3.53.0 (pysqlite3)"


@pytest.mark.parametrize(
    "version",
    [(3, 38, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 49, 2), (3, 50, 6), (3, 51, 2)],
)
def test_a_version_with_the_wal_reset_fault_is_warned_of(version: Version) -> None:
    library = replace(SQLITE, package="sqlite3", version=version)

    assert library.has_wal_reset_fault
    assert library.warning is not None
    assert library.warning.startswith(f"{library} has the WAL-reset bug")


@pytest.mark.parametrize(
    "version", [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 52, 0), (3, 53, 4), (4, 0, 0)]
)
def test_a_library_without_the_fault_causes_no_warning(version: Version) -> None:
    library = replace(SQLITE, version=version)

    assert not library.has_wal_reset_fault
    assert library.warning is None


@pytest.mark.parametrize("version", [(3, 37, 2), (3, 7, 17)])
def test_a_version_that_is_too_old_is_refused(version: Version) -> None:
    library = replace(SQLITE, package="sqlite3", version=version)

    with pytest.raises(UnsupportedSQLite) as refused:
        library.check()

    assert refused.value.code == "unsupported_sqlite"
    assert str(refused.value).startswith(
        f"{library} is too old: allocation needs SQLite 3.38.0 or newer"
    )


@pytest.mark.parametrize("version", [(3, 38, 0), (3, 40, 1), (3, 53, 4)])
def test_a_version_that_is_new_enough_is_accepted(version: Version) -> None:
    replace(SQLITE, version=version).check()
