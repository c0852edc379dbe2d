"""The environment of a run: a database, its servers, a mail server, the observations."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.chaos.observations import Observations
from tests.chaos.rig.fleet import Fleet, a_fleet
from tests.chaos.rig.imports import Importer
from tests.chaos.rig.mail_server import UnreliableMailServer
from tests.chaos.rig.postgres_server import RestartablePostgres
from tests.chaos.workload import Inventory
from tests.support.databases import DURABLE, PostgreSQL, SQLite, running_server

Kind = Literal["sqlite", "postgresql"]

SERVERS: Final[dict[Kind, int]] = {"sqlite": 2, "postgresql": 3}
"""How many servers share one database."""

SKUS: Final = tuple(f"LAMP-{n}" for n in range(1, 9))
HUGE: Final = "SCREW"


@dataclass
class Environment:
    """Everything that a fault can strike."""

    url: str
    folder: Path
    fleet: Fleet
    mail_server: UnreliableMailServer
    postgres_server: RestartablePostgres | None
    inventory: Inventory
    observations: Observations
    importer: Importer
    tally: Counter[str] = field(default_factory=Counter)
    """How often each fault has struck, by its name in the report."""
    longest_pause: float = 0.0

    @property
    def file(self) -> Path:
        """SQLite's."""
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def older_file(self) -> Path:
        """The file before the run."""
        return SQLite(self.folder).template


@contextmanager
def an_environment(
    kind: Kind, folder: Path, huge_lines: int, bug: str = ""
) -> Iterator[Environment]:
    """A new environment, whose servers have the `bug`; nothing of it outlives this."""
    observations, inventory = Observations(), Inventory(SKUS, HUGE, huge_lines)
    with ExitStack() as stack:
        postgres_server = None
        if kind == "sqlite":
            url = SQLite(folder).migrated(folder)
        else:
            server = stack.enter_context(running_server(DURABLE))
            postgres_server = RestartablePostgres(server)
            url = stack.enter_context(PostgreSQL(server).migrated())
        mail_server = UnreliableMailServer()
        mail_server.open()
        stack.callback(mail_server.close)
        servers = a_fleet(SERVERS[kind], url, folder, mail_server.settings, bug=bug)
        fleet = stack.enter_context(servers)
        importer = Importer(url, folder, observations, mail_server.settings)
        yield Environment(
            url, folder, fleet, mail_server, postgres_server, inventory, observations, importer
        )
