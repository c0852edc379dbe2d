"""Every clause of every contract of import-linter is proven by a planted breach.

The breaches of a contract are planted together in a copy of the package, and each must be
told in the contract's own section: a clause that is lost from `pyproject.toml` is missed here.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())

DOMAIN = "The domain imports the standard library only"
ACCESS = "Access imports the standard library only"
DEMO = "The demo imports the domain's events only"
COMMAND_OF_DEMO = "Only its command and the example shop of the board import the demo"
MACHINERY = "Messaging knows no stock and imports the standard library only"
USE_CASES = "The service layer imports the domain and messaging only"
ADAPTERS = "Adapters import no handlers, views, bootstrap or entrypoints"
ROOMS = "The rooms of the database import downwards only"
LOWER_ROOMS = "Engine, statements and message log know no stock"
OF_ROOMS = ROOMS, LOWER_ROOMS
"""Contracts whose sources are not whole parts of the package."""
DOORS = "Entrypoints import the bootstrap, views, events, settings and errors only"
VIEWS = "Views import the database and its tables only"
LAYERS = "Entrypoints, bootstrap, views and adapters import downwards only"
BOOTSTRAP = "Only the entrypoints import the bootstrap"
TOP = "No module of the package imports the entrypoints"
BOTTOM = "Settings and errors import no adapters, views or service layer"


def libraries() -> tuple[str, ...]:
    """What the package's requirements are imported as."""
    required = {re.split(r"[^\w-]", line)[0] for line in SETTINGS["project"]["dependencies"]}
    return tuple(
        sorted(
            name
            for name, distributions in packages_distributions().items()
            if required & {distribution.lower().replace("_", "-") for distribution in distributions}
        )
    )


def ours(names: str) -> tuple[str, ...]:
    return tuple(f"allocation.{name}" for name in names.split())


@dataclass(frozen=True)
class Breach:
    """Forbidden imports in one part of the package: a folder, or a module by its file.

    `refused` are the clauses that must be told, where they are not the imports themselves.
    """

    contract: str
    part: str
    imports: tuple[str, ...]
    refused: tuple[str, ...] = ()

    def untold(self, report: str) -> list[str]:
        """The clauses that the contract's own section of a report does not tell."""
        broken = sections(report).get(self.contract, "")
        module = self.part.removesuffix(".py").replace("/", ".")
        source = f"allocation.{module if self.contract in OF_ROOMS else module.split('.')[0]}"
        return [
            refused
            for refused in self.refused or self.imports
            if f"{source} is not allowed to import {refused}:" not in broken
            and f"Illegal imports of protected package {refused}:" not in broken
        ]


STOCK = ours(
    "domain service_layer entrypoints views bootstrap config errors adapters.codec"
    " adapters.repository adapters.session adapters.unit_of_work adapters.email adapters.smtp"
    " adapters.memory.session adapters.memory.store adapters.sql.stock adapters.sql.store"
    " adapters.sql.schema adapters.sql.audit adapters.sql.unit_of_work"
)
SQL_ROOMS = [f"adapters.sql.{room}" for room in ("stock", "message_log", "statements", "engine")]
OUTER = ours("adapters entrypoints views bootstrap config errors")

BREACHES = {
    "domain": Breach(DOMAIN, "domain", ours("messaging service_layer") + OUTER + libraries()),
    "access": Breach(
        ACCESS, "access", ours("domain messaging service_layer") + OUTER + libraries()
    ),
    "demo": Breach(DEMO, "demo", ours("access messaging service_layer") + OUTER + libraries()),
    "the demo has the events only": Breach(
        DEMO, "demo", ours("domain.model"), refused=ours("domain")
    ),
    "a new module and the demo": Breach(COMMAND_OF_DEMO, "newcomer.py", ours("demo")),
    "machinery": Breach(MACHINERY, "messaging", ours("domain service_layer") + OUTER + libraries()),
    "use cases": Breach(USE_CASES, "service_layer", OUTER + libraries()),
    "only the handlers send e-mail": Breach(
        USE_CASES, "service_layer", ours("adapters.email"), refused=ours("adapters")
    ),
    "the handlers have e-mail only": Breach(
        USE_CASES, "service_layer/handlers.py", ours("adapters.codec"), refused=ours("adapters")
    ),
    "adapters": Breach(
        ADAPTERS,
        "adapters",
        ours("service_layer.handlers service_layer.messagebus")
        + ours("entrypoints views bootstrap errors"),
    ),
    **{
        f"under {room}": Breach(
            ROOMS, room.replace(".", "/"), ours(" ".join(SQL_ROOMS[:place]) or "adapters.sql.store")
        )
        for place, room in enumerate(SQL_ROOMS)
    },
    "under access": Breach(
        ROOMS, "adapters/sql/access", ours("adapters.sql.store adapters.sql.stock")
    ),
    "the store and the audit": Breach(ROOMS, "adapters/sql/stock", ours("adapters.sql.audit")),
    **{
        f"{room} and the stock": Breach(LOWER_ROOMS, room.replace(".", "/"), STOCK)
        for room in SQL_ROOMS[1:]
    },
    "the log in memory and the stock": Breach(LOWER_ROOMS, "adapters/memory/log.py", STOCK),
    "entrypoints": Breach(DOORS, "entrypoints", ours("adapters service_layer messaging domain")),
    "entrypoints have the events only": Breach(
        DOORS, "entrypoints", ours("domain.model"), refused=ours("domain")
    ),
    "only the writes check values": Breach(
        DOORS, "entrypoints/http", ours("domain.values"), refused=ours("domain")
    ),
    "views": Breach(
        VIEWS,
        "views/stock.py",
        ours("service_layer messaging bootstrap entrypoints adapters domain config errors"),
    ),
    "views have the tables only": Breach(
        VIEWS, "views/stock.py", ours("adapters.sql.store"), refused=ours("adapters")
    ),
    "under the entrypoints": Breach(LAYERS, "bootstrap/__init__.py", ours("entrypoints")),
    "under the bootstrap": Breach(LAYERS, "views/stock.py", ours("entrypoints bootstrap")),
    "under the views": Breach(LAYERS, "adapters", ours("entrypoints bootstrap views")),
    "a new module and the bootstrap": Breach(BOOTSTRAP, "newcomer.py", ours("bootstrap")),
    "a new module and the entrypoints": Breach(TOP, "newcomer.py", ours("entrypoints")),
    "settings": Breach(BOTTOM, "config", ours("adapters service_layer views")),
    "errors": Breach(BOTTOM, "errors.py", ours("adapters service_layer views")),
}


@pytest.fixture
def a_copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src" / "allocation",
        tmp_path / "allocation",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return tmp_path


def plant(project: Path, breach: Breach) -> None:
    part = project / "allocation" / breach.part
    module = part / "planted.py" if part.is_dir() else part
    before = module.read_text() if module.exists() else ""
    module.write_text("\n".join([before, *(f"import {name}" for name in breach.imports), ""]))


def lint(project: Path) -> subprocess.CompletedProcess[str]:
    # The working folder comes first on its path, so it reads the copy, not what is installed.
    plain = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=project,
        env=plain | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def sections(report: str) -> dict[str, str]:
    """What stands under each underlined title."""
    parts = re.split(r"^(.+)\n-{3,}$", report, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_contracts_are_kept(a_copy: Path) -> None:
    linted = lint(a_copy)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found(a_copy: Path, breach: Breach) -> None:
    plant(a_copy, breach)
    linted = lint(a_copy)
    assert f"{breach.contract} BROKEN" in linted.stdout, linted.stdout + linted.stderr
    assert breach.untold(linted.stdout) == []


def test_every_contract_has_its_breach() -> None:
    contracts = {contract["name"] for contract in SETTINGS["tool"]["importlinter"]["contracts"]}
    assert {breach.contract for breach in BREACHES.values()} == contracts
