"""Let schemathesis ask a real server whatever its document allows, and what it does not."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from allocation.access.scopes import Scope
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from tests.support.commands import an_environment

ROOT: Final = Path(__file__).parents[2]
COMMAND: Final = str(Path(sys.executable).with_name("schemathesis"))


def new_key(database: str) -> str:
    """A key for everything: without one, the first key that is created would end the run."""
    with closing(bootstrap(Settings(database))) as application:
        text, _ = application.keys.create("conformance", {Scope.ADMIN}, None, "test")
    return str(text)


def conformance(
    address: str, folder: Path, *, key: str, examples: int, seed: int
) -> "subprocess.CompletedProcess[str]":
    """All its checks, with so many examples an operation; what it has found is in its output."""
    return subprocess.run(
        [
            *(COMMAND, "--config-file", str(ROOT / "schemathesis.toml")),
            *("run", f"{address}/openapi.json", "--checks", "all", "--no-color"),
            *("--max-examples", str(examples), "--seed", str(seed)),
            *("--generation-database", "none", "--header", f"Authorization: Bearer {key}"),
        ],
        cwd=folder,
        env=an_environment(PYTHONPATH=str(ROOT)),  # where it finds its hooks
        capture_output=True,
        text=True,
        check=False,
    )
