"""The names of constraints and indexes in all tables."""

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
    """A new collection of tables; the log and each domain have their own."""
    return MetaData(naming_convention=NAMING_CONVENTION)
