"""The steps from one shape of the tables to the next, as Alembic takes them.

Nearly every command finds its tables as they must be; whoever does not need this does not
import it, which takes a sixth of a second.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def known() -> set[str]:
    """The revisions that there are steps for."""
    script = ScriptDirectory.from_config(_config())
    return {step.revision for step in script.walk_revisions()}


def take_to(revision: str, connection: Connection) -> None:
    """Change the tables, step by step; nothing is committed."""
    command.upgrade(_config(connection), revision)


def _config(connection: Connection | None = None) -> Config:
    # No file, and so no logging set up by it: that is the business of whoever calls.
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
