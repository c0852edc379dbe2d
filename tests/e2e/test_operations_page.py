"""The commands of docs/operations.md for backups and moves, run by a shell as they stand there."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.commands import COMMAND, allocation_here, an_environment
from tests.support.databases import PostgreSQL
from tests.support.readme import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
DATABASE = re.compile(r"postgresql://USER(?::PASSWORD)?@HOST/(\w+)")


class Operator:
    """Types the indented commands below a heading of the page, in a folder of their own."""

    def __init__(self, folder: Path, postgresql: PostgreSQL) -> None:
        self.folder = folder
        self.server = postgresql.server

    def types(self, heading: str, database_url: str = "sqlite:///allocation.db") -> str:
        """All that the commands print; the first one that fails is an error."""
        ended = subprocess.run(
            ["/bin/sh", "-e", "-c", self.script(heading)],
            cwd=self.folder,
            env=self.environment(database_url),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def script(self, heading: str) -> str:
        """The commands, with the names of this server and folder for those of the page."""
        section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        code = [line[4:] for line in section.splitlines() if line.startswith("    ")]
        script = "\n".join(code).replace("/backups/", f"{self.folder}/")
        return DATABASE.sub(lambda url: f"'{self.url(url[1])}'", script)

    def environment(self, database_url: str) -> dict[str, str]:
        """The tools of PostgreSQL and of this service are found, and so is the server."""
        path = (str(self.server.bin_path), str(Path(COMMAND).parent), os.environ["PATH"])
        server = psycopg.conninfo.conninfo_to_dict(self.url("postgres"))
        return {
            **an_environment(ALLOCATION_DATABASE_URL=database_url),
            "PATH": os.pathsep.join(path),
            "PGHOST": str(server["host"]),
            "PGUSER": str(server["user"]),
        }

    def url(self, name: str) -> str:
        """The URL of a database on the server."""
        return self.server.get_uri(database=name)


@pytest.fixture
def operator(tmp_path: Path, postgresql: PostgreSQL) -> Iterator[Operator]:
    """An operator; the databases of the page are gone afterwards."""
    operator = Operator(tmp_path, postgresql)
    yield operator
    with psycopg.connect(operator.url("postgres"), autocommit=True) as connection:
        for name in {*DATABASE.findall(PAGE)}:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def add_a_batch(folder: Path, database_url: str) -> None:
    allocation_here("migrate", "--database", database_url, cwd=folder)
    words = ("send", "BatchCreated", "ref=B-1", "sku=LAMP", "qty=5")
    allocation_here(*words, "--database", database_url, cwd=folder)


def lamps(folder: Path, database_url: str) -> str:
    return allocation_here("show", "sku", "LAMP", "--database", database_url, cwd=folder).stdout


def test_a_sqlite_database_is_backed_up_and_restored(operator: Operator) -> None:
    url = f"sqlite:///{operator.folder}/allocation.db"
    add_a_batch(operator.folder, url)

    assert "1 batch: every quantity is explained." in operator.types(
        "Backup and restore: SQLite", url
    )
    assert [*operator.folder.glob("allocation.db.before-*")]


def test_a_postgresql_database_is_dumped_and_restored_with_a_new_identity(
    operator: Operator, postgresql_url: str
) -> None:
    add_a_batch(operator.folder, postgresql_url)
    printed = operator.types("Backup and restore: PostgreSQL", postgresql_url)

    restored = operator.url("allocation_restored")
    assert "1 batch: every quantity is explained." in printed
    assert lamps(operator.folder, restored) == lamps(operator.folder, postgresql_url)
    assert identity(restored) != identity(postgresql_url)


def test_a_sqlite_database_moves_to_postgresql(operator: Operator) -> None:
    url = f"sqlite:///{operator.folder}/allocation.db"
    add_a_batch(operator.folder, url)
    printed = operator.types("From SQLite to PostgreSQL")

    assert "1 batch: every quantity is explained." in printed
    assert lamps(operator.folder, operator.url("allocation")) == lamps(operator.folder, url)


def identity(postgresql_url: str) -> str:
    with psycopg.connect(postgresql_url) as connection:
        row = connection.execute("SELECT identity FROM log_state").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("page", ["feed", "operations"])
def test_every_statement_for_psql_can_be_executed(page: str, postgresql_url: str) -> None:
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    statements = re.findall(r"\b(?:SELECT pid|UPDATE log_state)[^`;\"]+", text)

    assert len(statements) == 2
    with psycopg.connect(postgresql_url) as connection:
        for statement in statements:
            connection.execute(statement)
