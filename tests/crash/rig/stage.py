"""Where it all happens: a database, servers on it, a post office, and what is noted down."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.crash.rig.diary import Diary
from tests.crash.rig.elephant import Elephant
from tests.crash.rig.errands import Market
from tests.crash.rig.fleet import Fleet, a_fleet
from tests.crash.rig.imports import Importer
from tests.crash.rig.post_office import PostOffice
from tests.support.databases import DURABLE, PostgreSQL, SQLite, running_server

Kind = Literal["sqlite", "postgresql"]

SERVERS: Final[dict[Kind, int]] = {"sqlite": 1, "postgresql": 3}
"""How many servers share one database."""

SKUS: Final = tuple(f"LAMP-{n}" for n in range(1, 9))
HUGE: Final = "SCREW"


@dataclass
class Stage:
    """All that a fault can strike."""

    url: str
    folder: Path
    fleet: Fleet
    office: PostOffice
    elephant: Elephant | None
    market: Market
    diary: Diary
    importer: Importer
    tally: Counter[str] = field(default_factory=Counter)
    """How often each fault has struck, by the word under which it is told."""
    longest_pause: float = 0.0

    @property
    def file(self) -> Path:
        """SQLite's."""
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def older_file(self) -> Path:
        """As it was before anything happened."""
        return SQLite(self.folder).template


@contextmanager
def a_stage(kind: Kind, folder: Path, huge_lines: int) -> Iterator[Stage]:
    """A fresh one; nothing of it outlives this."""
    diary, market = Diary(), Market(SKUS, HUGE, huge_lines)
    with ExitStack() as stack:
        elephant = None
        if kind == "sqlite":
            url = SQLite(folder).migrated(folder)
        else:
            server = stack.enter_context(running_server(DURABLE))
            elephant = Elephant(server)
            url = stack.enter_context(PostgreSQL(server).migrated())
        office = PostOffice()
        office.open()
        stack.callback(office.close)
        fleet = stack.enter_context(a_fleet(SERVERS[kind], url, folder, office.settings))
        importer = Importer(url, folder, diary, office.settings)
        yield Stage(url, folder, fleet, office, elephant, market, diary, importer)
