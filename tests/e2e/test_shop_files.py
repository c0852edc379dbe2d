"""The committed files of the furniture shop are those that its script makes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import an_environment
from tests.support.shop_oracle import BATCHES, FOLDER, ORDER_LINES


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=["one-environment", "another"],
)
def test_the_script_makes_the_committed_files_again(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    command = [sys.executable, str(FOLDER / "make.py"), str(tmp_path)]
    subprocess.run(command, env=an_environment(**variables), timeout=60, check=True)

    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (BATCHES, ORDER_LINES)}
