"""The migrations, run by Alembic.

Import this module only when it is needed: the import takes a sixth of a second, and nearly every
command finds the tables up to date.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def all_revisions() -> set[str]:
    """All revisions that this program knows."""
    script = ScriptDirectory.from_config(_config())
    return {migration.revision for migration in script.walk_revisions()}


def upgrade(revision: str, connection: Connection) -> None:
    """Migrate the tables to a revision, without a commit."""
    command.upgrade(_config(connection), revision)


def _config(connection: Connection | None = None) -> Config:
    # Without a configuration file, Alembic leaves logging to the caller.
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
