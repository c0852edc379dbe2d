"""docs/flow.md is what the registry gives."""

from tools.flow import PAGE, page

from allocation.bootstrap import REGISTRY


def test_the_diagram_is_that_of_the_registry() -> None:
    is_up_to_date = PAGE.read_text(encoding="utf-8") == page(REGISTRY)

    assert is_up_to_date, "docs/flow.md is out of date: run `make messages`, and look at it"
