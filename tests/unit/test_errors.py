"""Every error of the package stands in one tree, under a family that callers are told of."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import allocation
from allocation import errors
from allocation.adapters import codec
from allocation.entrypoints.http.error_responses import STATUSES

_LINE = re.compile(r"^((?:│   |    )*)(?:[├└]── )?([A-Z]\w+)\b")


def modules() -> Iterator[str]:
    """Every module of the package but the steps of Alembic, which only it can import."""
    for module in pkgutil.walk_packages(allocation.__path__, "allocation."):
        if ".migrations" not in module.name and module.name != "allocation.__main__":
            yield module.name


def every_error() -> list[type[Exception]]:
    """All classes of exceptions that the package has."""
    kinds = {
        kind
        for name in modules()
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if issubclass(kind, Exception)
        and kind.__module__.startswith("allocation.")
        and not kind.__name__.startswith("_")  # which nobody meets outside their module
    }
    return sorted(kinds, key=lambda kind: kind.__name__)


EVERY_ERROR = every_error()


def tree() -> dict[str, str | None]:
    """Each name in the tree of the docstring, and the one above it."""
    above: list[str] = []
    tree: dict[str, str | None] = {}
    for line in (errors.__doc__ or "").splitlines():
        if not ("──" in line or re.match(r"[A-Z]\w+ \(", line)):
            continue
        named = _LINE.match(line)
        assert named is not None, line
        depth = len(named[1]) // 4 + ("──" in line)
        above = [*above[:depth], named[2]]
        tree[named[2]] = above[depth - 1] if depth else None
    return tree


def test_the_tree_has_every_error_and_no_other() -> None:
    assert sorted(tree()) == [kind.__name__ for kind in EVERY_ERROR]


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_stands_under_its_base(error: type[Exception]) -> None:
    base = error.__bases__[0].__name__
    assert tree()[error.__name__] == (base if base in tree() else None)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_error_of_callers_is_an_expected_one(error: type[Exception]) -> None:
    assert issubclass(error, errors.EXPECTED)


def test_every_error_has_a_code_of_its_own_which_names_it() -> None:
    codes = Counter(vars(error).get("code") for error in EVERY_ERROR)
    assert [code for code, times in codes.items() if times > 1] == []
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", str(code)) for code in codes)
    assert errors.RegistryError.code == "registry_error"


def test_every_error_can_be_imported_from_one_module() -> None:
    below = {e.__name__ for e in EVERY_ERROR if ".entrypoints." not in e.__module__}
    assert below <= set(errors.__all__)


def test_every_refusal_can_be_kept_in_the_log_and_has_a_status() -> None:
    refusals = [e for e in EVERY_ERROR if issubclass(e, errors.Refusal) and e is not errors.Refusal]
    assert sorted(codec.REFUSALS) == [refusal.__name__ for refusal in refusals]
    assert set(refusals) <= STATUSES.keys()
