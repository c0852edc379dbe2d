"""Every contract of import-linter is proven by a planted breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DOMAIN = "The domain is plain Python"
MACHINERY = "The machinery knows no stock"
USE_CASES = "The use cases know the domain and the machinery only"
ADAPTERS = "Adapters know the domain and the ports only"
DOORS = "Entrypoints know the bootstrap, the events, the errors and the views only"
VIEWS = "Views read tables only"
LAYERS = "Nothing but the entrypoints stands above the bootstrap"

BREACHES = [
    (DOMAIN, "domain/policies.py", "allocation.messaging.bus"),
    (DOMAIN, "domain/events.py", "allocation.config"),
    (DOMAIN, "domain/product.py", "msgspec"),
    (MACHINERY, "messaging/group.py", "allocation.domain.events"),
    (MACHINERY, "messaging/relay.py", "allocation.service_layer.handlers"),
    (MACHINERY, "messaging/worker.py", "structlog"),
    (USE_CASES, "service_layer/unit_of_work.py", "allocation.adapters.sql.database"),
    (USE_CASES, "service_layer/handlers.py", "allocation.adapters.codec"),
    (USE_CASES, "service_layer/handlers.py", "sqlalchemy"),
    (ADAPTERS, "adapters/codec.py", "allocation.service_layer.handlers"),
    (ADAPTERS, "adapters/sql/store.py", "allocation.views"),
    (DOORS, "entrypoints/http/reads.py", "allocation.adapters.sql.database"),
    (DOORS, "entrypoints/cli/shows.py", "allocation.service_layer.messagebus"),
    (DOORS, "entrypoints/cli/rows.py", "allocation.domain.model"),
    (VIEWS, "views.py", "allocation.service_layer.handlers"),
    (LAYERS, "views.py", "allocation.bootstrap"),
    (LAYERS, "adapters/email.py", "allocation.bootstrap"),
]


@pytest.fixture
def a_copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def told_by_the_linter(project: Path) -> tuple[bool, str]:
    """Whether the contracts are kept, and what is said about them."""
    linter = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=project,
        env={"PYTHONPATH": str(project / "src"), "PATH": "", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return linter.returncode == 0, linter.stdout + linter.stderr


def test_the_contracts_are_kept(a_copy: Path) -> None:
    kept, told = told_by_the_linter(a_copy)
    assert kept, told


@pytest.mark.parametrize(("contract", "module", "forbidden"), BREACHES)
def test_a_breach_is_found(a_copy: Path, contract: str, module: str, forbidden: str) -> None:
    planted = a_copy / "src" / "allocation" / module
    planted.write_text(f"import {forbidden}\n{planted.read_text()}")
    kept, told = told_by_the_linter(a_copy)
    assert not kept
    assert f"{contract} BROKEN" in told


def test_every_contract_has_its_breach(a_copy: Path) -> None:
    _, told = told_by_the_linter(a_copy)
    kept = {line.split(" KEPT")[0] for line in told.splitlines() if " KEPT" in line}
    assert kept == {contract for contract, _, _ in BREACHES}
