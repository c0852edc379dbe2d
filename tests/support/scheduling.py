"""Which tests go to the same worker of pytest-xdist.

Its marker `xdist_group` would say so beside the tests, but pytest-xdist 3.8 writes the group into
an attribute that pytest 9.2 no longer reads, and shares the tests of a group out all the same.
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = (
    "tests/browser/",
    "tests/integration/test_benchmarks.py",
    "tests/integration/test_demo_year.py",
)
"""Modules whose tests share expensive fixtures, and folders of such modules."""


def scope_of(nodeid: str) -> str:
    """What a test shares its worker with: its module, or nothing but itself."""
    module = nodeid.split("::", maxsplit=1)[0]
    return module if module.startswith(TOGETHER) else nodeid


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # comes without types
    """A worker that is free is given the next test, or all of a module that stays together."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)
