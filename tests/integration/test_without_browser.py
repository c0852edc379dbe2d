"""Without a browser, the tests that need one are left out, which is said; in CI, that fails."""

import subprocess
import sys
from pathlib import Path

from tests.support.browser import OMITTED

ROOT = Path(__file__).parents[2]
TESTS = ("tests/browser", "tests/unit/test_scheduling.py")


def collected(**variables: str) -> "subprocess.CompletedProcess[str]":
    """Collect tests where no program is found."""
    words = ("-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *TESTS)
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PATH": "", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_run_without_a_browser_says_in_a_line_what_is_left_out() -> None:
    run = collected()

    assert run.returncode == 0, run.stdout
    assert [line for line in run.stdout.splitlines() if "Chromium" in line] == [OMITTED]
    assert "test_scheduling" in run.stdout
    assert "test_pages" not in run.stdout


def test_a_run_of_ci_without_a_browser_fails() -> None:
    run = collected(CI="true")

    assert run.returncode == 4
    assert OMITTED in run.stderr
