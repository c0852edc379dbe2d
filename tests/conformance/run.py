"""Let schemathesis ask a real server whatever its document allows, and what it does not."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.support.commands import an_environment

ROOT: Final = Path(__file__).parents[2]
COMMAND: Final = str(Path(sys.executable).with_name("schemathesis"))


def conformance(
    address: str, folder: Path, *, examples: int, seed: int
) -> "subprocess.CompletedProcess[str]":
    """All its checks, with so many examples an operation; what it has found is in its output."""
    return subprocess.run(
        [
            *(COMMAND, "--config-file", str(ROOT / "schemathesis.toml")),
            *("run", f"{address}/openapi.json", "--checks", "all", "--no-color"),
            *("--max-examples", str(examples), "--seed", str(seed)),
            *("--generation-database", "none"),
        ],
        cwd=folder,
        env=an_environment(PYTHONPATH=str(ROOT)),  # where it finds its hooks
        capture_output=True,
        text=True,
        check=False,
    )
