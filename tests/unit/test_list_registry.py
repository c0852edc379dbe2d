"""A list that is described is registered, and told of."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

from allocation.entrypoints.cli.command_table import PANELS, GroupEntry
from allocation.entrypoints.http.lists import routes
from allocation.views import LISTS, Listing, lists
from tests.support.readme import section


def described() -> Iterator[Listing[Any]]:
    """Every description of a list in the package."""
    for module in pkgutil.iter_modules(lists.__path__):
        names = vars(importlib.import_module(f"{lists.__name__}.{module.name}"))
        yield from (value for value in names.values() if isinstance(value, Listing))


def test_every_description_is_registered_once() -> None:
    assert len(LISTS) == len(set(LISTS)) == len({each.name for each in LISTS})
    assert set(described()) == set(LISTS)


def test_every_list_has_an_endpoint_and_a_command() -> None:
    names = [each.name for each in LISTS]
    assert [path for route in routes() for path in route.paths] == [f"/{name}" for name in names]
    [group] = [
        each for each in PANELS["Looking"] if isinstance(each, GroupEntry) and each.name == "list"
    ]
    assert [command.name for command in group.commands] == names


def test_the_readme_has_a_row_for_every_list() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section("Lists"), re.MULTILINE)
    assert rows == [each.name for each in LISTS]


@pytest.mark.parametrize("listing", LISTS, ids=[each.name for each in LISTS])
def test_a_description_is_complete(listing: Listing[Any]) -> None:
    texts = [listing.title, listing.about, listing.empty, *(each.about for each in listing.filters)]
    assert all(re.match("[A-Z]", text) for text in texts)
    assert listing.sorts
    names = [each.name for each in listing.filters]
    assert len(names) == len(set(names))
    assert not {"limit", "after", "sort"} & set(names)
