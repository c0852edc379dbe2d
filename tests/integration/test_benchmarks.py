"""Every benchmark runs, and its figures are there; how high they are does not matter here."""

import json
import re
from math import inf
from pathlib import Path
from typing import Any

import pytest
from benchmarks import compare
from benchmarks.__main__ import main
from benchmarks.children import ROOT
from benchmarks.figures import Spread, between, met
from benchmarks.plots import charts
from benchmarks.registry import BENCHMARKS

# All of them look at the figures of one run: see tests/support/scheduling.py.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # all benchmarks are one fixture


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("benchmarks") / "new folder" / "figures.json"
    main(["--quick", "--json", str(path)])
    figures: dict[str, Any] = json.loads(path.read_text())
    return figures


def rows(results: dict[str, Any], benchmark: str) -> list[dict[str, Any]]:
    return [row for table in results["benchmarks"][benchmark] for row in table["rows"]]


def measured(row: dict[str, Any]) -> float:
    """How many a second, or how many seconds a cascade took."""
    figure: float = row["per_second"]["median"] if "per_second" in row else row["fill_seconds"]
    return figure


def test_results_describe_the_machine(results: dict[str, Any]) -> None:
    assert set(results["machine"]) >= {"processors", "python", "sqlite", "postgresql", "folder"}
    assert not Path(results["machine"]["folder"]).exists()


def test_every_benchmark_measures_something_and_compares_it(results: dict[str, Any]) -> None:
    assert list(results["benchmarks"]) == list(BENCHMARKS)
    for name in BENCHMARKS:
        assert all(measured(row) > 0 for row in rows(results, name)), name
        if name != "tpch":
            ratios = [row["ratio"]["median"] for row in rows(results, name) if row["ratio"]]
            assert min(ratios) > 0, name
    for name in ("bare", "bulk", "allocate", "baseline"):
        assert {row["database"] for row in rows(results, name)} >= {"sqlite", "postgresql"}, name
    drawn = list(charts(results))
    assert len(drawn) >= 5
    assert all(re.match("```mermaid\nxychart-beta\n", chart) for chart in drawn)
    assert all("line [" in chart for chart in drawn)


def test_ours_and_the_ceiling_answer_all_as_expected(results: dict[str, Any]) -> None:
    served = [row for name in BENCHMARKS for row in rows(results, name) if "errors" in row]
    servers = [row.get("server", "allocation") for row in served]  # most have ours only
    assert {*servers} >= {"allocation", "baseline", "ceiling"}
    failed = [server for row, server in zip(served, servers, strict=True) if row["errors"]]
    assert {*failed} <= {"baseline"}


def test_a_benchmark_that_is_not_there_is_refused() -> None:
    with pytest.raises(SystemExit, match="unknown benchmark speed; choose from bare, bulk"):
        main(["speed"])


def test_a_large_import_reports_time_and_memory(results: dict[str, Any]) -> None:
    batches, orders = rows(results, "tpch")
    assert (batches["lines"], orders["lines"]) == (8_000, 60_175)
    assert all(row["seconds"] > 0 and row["peak_mb"] > 10 for row in (batches, orders))


def test_a_ratio_is_to_what_was_measured_around_it() -> None:
    assert between([30, 60], [10, 20, 40]) == Spread(2, 2, 2)
    assert between([30], [0, 0]).median == inf


def test_a_figure_that_is_above_its_bar_is_said_not_to_meet_it() -> None:
    assert [met(figure, 1.2) for figure in (1.1, 1.2, 1.3)] == ["met", "met", "NOT met"]


def test_two_checkouts_are_compared_in_turn(capsys: pytest.CaptureFixture[str]) -> None:
    compare.main([str(ROOT), "allocate", "--rounds", "1", "--quick"])

    output = capsys.readouterr().out
    assert "allocate allocation sqlite 20 4" in output
    assert "allocate at half allocation postgresql 20 4" in output
