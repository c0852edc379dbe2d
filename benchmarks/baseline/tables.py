"""The tables, the mapping, and the database."""

from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import registry, relationship

from allocation.adapters.sql.engine.sqlite_library import SQLITE
from benchmarks.baseline.model import Batch, OrderLine, Product

THREADS: Final = 40
"""Requests handled at once: Litestar's threads, each with a connection on PostgreSQL."""

mapper: Final = registry()

products = Table(
    "products",
    mapper.metadata,
    Column("sku", String(255), primary_key=True),
    Column("version_number", Integer, nullable=False),
)
batches = Table(
    "batches",
    mapper.metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", String(255), unique=True),
    Column("sku", ForeignKey("products.sku"), index=True),
    Column("purchased_quantity", Integer, nullable=False),
    Column("eta", Date),
)
order_lines = Table(
    "order_lines",
    mapper.metadata,
    Column("id", Integer, primary_key=True),
    Column("sku", String(255)),
    Column("qty", Integer, nullable=False),
    Column("orderid", String(255)),
)
allocations = Table(
    "allocations",
    mapper.metadata,
    Column("id", Integer, primary_key=True),
    Column("orderline_id", ForeignKey("order_lines.id"), nullable=False),
    Column("batch_id", ForeignKey("batches.id"), nullable=False),
    # Without it each request would read all allocations of all products.
    Index("ix_allocations_batch_id", "batch_id"),
)


def map_classes() -> None:
    """Tell the ORM how the classes are kept; once in a process."""
    mapper.map_imperatively(OrderLine, order_lines)
    lines = relationship(OrderLine, secondary=allocations, collection_class=set)
    mapper.map_imperatively(Batch, batches, properties={"allocations": lines})
    mapper.map_imperatively(Product, products, properties={"batches": relationship(Batch)})


def engine(url: str) -> Engine:
    """The database, durable at every commit.

    PostgreSQL with REPEATABLE READ: of two requests that change one product at the same
    time one fails, and nobody tries it again. SQLite with one connection, for which the
    requests stand in line, and transactions that begin as writing ones: so none fails.
    """
    if make_url(url).get_backend_name() == "postgresql":
        return create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            isolation_level="REPEATABLE READ",
            pool_size=THREADS,
        )
    made = create_engine(
        url,
        module=SQLITE.dbapi,
        pool_size=1,
        max_overflow=0,
        pool_timeout=300,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(made, "connect")
    def configure(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made
