"""What the README says is what its reader sees."""

import csv
import re
import shlex
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.reader import Reader, as_printed
from tests.support.readme import README, ROOT, Command, commands, section
from tests.support.serving import serving
from tests.support.shop_oracle import BATCHES, FOLDER, ORDER_LINES, expected

RUN_IT = commands(section("Run it"))
SHOP = commands(section("See it on a shop's year"))
DAY = commands(section("A day's work"))
LISTS = commands(section("Lists"))
FILES = commands(section("Files of other systems"))
ALL = [*RUN_IT, *SHOP, *DAY, *LISTS, *FILES]
TODAY = str(datetime.now(UTC).date())
DAY_OF_THE_README = "2026-12-01"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the commands need of a clone, and no database in it."""
    shutil.copytree(FOLDER, tmp_path / FOLDER.relative_to(ROOT))
    return tmp_path


def test_every_command_prints_what_the_readme_says_while_the_server_runs(clone: Path) -> None:
    with serving(None, clone) as server:
        assert_printed_as_told(Reader(clone, server.address), typed(ALL))


def test_the_shop_is_the_same_when_the_server_is_started_after_the_commands(clone: Path) -> None:
    asked = [command for command in SHOP if command.line.startswith("curl ")]
    assert_printed_as_told(Reader(clone), [c for c in SHOP if c not in asked])

    with serving(None, clone) as server:
        assert_printed_as_told(Reader(clone, server.address), asked)


def test_every_command_of_the_readme_is_typed_here() -> None:
    assert commands(README.read_text(encoding="utf-8")) == ALL


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    made = [shlex.split(c.line, comments=True) for c in RUN_IT if c not in typed(RUN_IT)]
    assert [word for _, word in made] == ["demo", "serve", "test"]
    assert {word for _, word in made} <= set(targets)


@pytest.mark.parametrize("document", [README, FOLDER / "README.md"], ids=["README", "shop"])
def test_the_figures_of_the_shop_are_those_of_its_files(document: Path) -> None:
    batches, lines = rows(BATCHES), rows(ORDER_LINES)
    shop, unknown = expected(), {sku for _, sku in expected().refused}
    text = " ".join(document.read_text(encoding="utf-8").split())

    skus = len({batch["sku"] for batch in batches})
    assert f"{skus} products, {len(batches)} batches and {len(lines):,} order lines" in text
    assert f"The {len(shop.refused)} refused lines ask for {len(unknown)} products" in text


def typed(readme: Iterable[Command]) -> list[Command]:
    """The commands without those of make, of which this test run is one."""
    return [command for command in readme if not command.line.startswith("make ")]


def assert_printed_as_told(reader: Reader, readme: Iterable[Command]) -> None:
    """Type them one after another; each prints exactly what stands below it."""
    for command in readme:
        printed = reader.type(command).replace(TODAY, DAY_OF_THE_README)
        if command.line.startswith("curl "):
            printed = "".join(printed.splitlines())
        assert printed == as_printed(command), command.line


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
