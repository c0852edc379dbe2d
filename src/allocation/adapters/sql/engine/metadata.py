"""How the constraints and indexes of all tables are named."""

from typing import Final

from sqlalchemy import MetaData

NAMING_CONVENTION: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}


def new_metadata() -> MetaData:
    """An empty collection of tables: the log has one, and so has each domain."""
    return MetaData(naming_convention=NAMING_CONVENTION)
