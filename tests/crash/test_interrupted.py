"""An interrupt at the keyboard is an interrupt, whatever statement it interrupts."""

from typing import Any, NoReturn

import pytest
from sqlalchemy import event, text

from allocation.adapters.sql.database import Database


def test_it_is_not_mistaken_for_trouble_with_the_database(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))

        @event.listens_for(database.engine, "do_execute")
        def interrupt(*_: Any) -> NoReturn:
            raise KeyboardInterrupt

        try:
            with pytest.raises(KeyboardInterrupt):
                connection.execute(text("SELECT 1"))
        finally:
            event.remove(database.engine, "do_execute", interrupt)
