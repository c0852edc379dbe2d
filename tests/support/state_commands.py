"""Commands on state files."""

from pathlib import Path

from tests.support.commands import Ended, allocation_here
from tests.support.states import all_rows


def run(*words: str | Path, url: str, cwd: Path) -> Ended:
    """Run a command on a database."""
    return allocation_here(*words, "--database", url, cwd=cwd)


def assert_empty_and_usable(url: str, good: Path, source: str) -> None:
    """The database has nothing, and takes a good file."""
    assert run("import", "all", good, url=url, cwd=good.parent).returncode == 0
    assert all_rows(url) == all_rows(source)


def refusal(url: str, file: Path) -> str:
    """What is said of a file that is refused."""
    ended = run("import", "all", file, url=url, cwd=file.parent)
    assert (ended.returncode, ended.stdout) == (2, "")
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0].removeprefix(f"error: {file}: ")
