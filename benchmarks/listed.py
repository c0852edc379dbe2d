"""A database whose lists are read: ten order lines and ten batches for each product."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import Date, bindparam, text

from allocation.adapters.sql.engine.database import Database
from benchmarks import stock

EACH: Final = 10
"""Lines, and batches, of a product."""

_NUMBERS: Final = (
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)"
)
_SKU: Final = "'SKU-' || (100000 + n % :skus)"
_PRODUCTS: Final = text(
    f"{_NUMBERS} INSERT INTO products (sku, version_number, last_number, out_of_stock)"
    f" SELECT {_SKU}, 1, :count, false FROM numbers WHERE n < :skus"
)
# Of ten batches, seven are exhausted; one is in stock, and two are on their way. None is overdue,
# or a server would begin with reporting very many.
_BATCHES: Final = text(
    f"{_NUMBERS} INSERT INTO batches (reference, sku, initial_quantity, purchased_quantity,"
    " allocated_quantity, eta, initial_eta)"
    f" SELECT 'batch-' || (n / :skus) || '-' || {_SKU}, {_SKU}, 1000, 1000,"
    " CASE WHEN n / :skus < 7 THEN 1000 ELSE 10 END,"
    " CASE n / :skus WHEN 8 THEN CAST(:soon AS DATE) WHEN 9 THEN CAST(:eta AS DATE) END,"
    " CASE n / :skus WHEN 8 THEN CAST(:soon AS DATE) WHEN 9 THEN CAST(:eta AS DATE) END"
    " FROM numbers"
)
# Of ten lines, two wait, four could have left, one of them has, two are late, and two are not.
_LINES: Final = text(
    f"{_NUMBERS} INSERT INTO order_lines"
    " (sku, orderid, qty, position, state, batchref, promise, first_promised, least_room, due)"
    f" SELECT {_SKU}, 'order-' || (100000000 + n / 2), 1, n,"
    " CASE n / :skus WHEN 0 THEN 'waiting' WHEN 1 THEN 'waiting' WHEN 2 THEN 'shipped'"
    " ELSE 'allocated' END,"
    " CASE WHEN n / :skus < 2 THEN NULL ELSE 'batch-' || (CASE WHEN n / :skus < 6 THEN 7"
    f" WHEN n / :skus < 8 THEN 8 ELSE 9 END) || '-' || {_SKU} END,"
    " CASE WHEN n / :skus < 3 THEN NULL ELSE n END,"
    " CASE WHEN n / :skus BETWEEN 2 AND 5 THEN CAST(:past AS DATE) END,"
    " CASE WHEN n / :skus < 2 THEN 1 END,"
    " CASE WHEN n / :skus IN (6, 7) THEN CAST(:past AS DATE) END"
    " FROM numbers"
)
_DAYS: Final = tuple(bindparam(name, type_=Date) for name in ("past", "soon", "eta"))


def fill(database: Database, lines: int, today: date) -> None:
    """Write so many lines, and as many batches; the tables must be empty."""
    facts = {
        "count": lines,
        "skus": lines // EACH,
        "past": today - timedelta(days=9),
        "soon": today + timedelta(days=1),
        "eta": today + timedelta(days=9),
    }
    if database.is_sqlite:  # which would cast a date to its year
        statements = [
            text(str(each).replace("CAST(:", "(:").replace(" AS DATE)", ")")) for each in ALL
        ]
    else:
        statements = list(ALL)
    with database.writing(patient=True) as connection:
        for statement in statements:
            names = set(statement.compile().params)
            dated = statement.bindparams(*(day for day in _DAYS if day.key in names))
            connection.execute(dated, {name: facts[name] for name in names})
        connection.commit()
    stock.settle(database, "products, batches, order_lines")


ALL: Final = (_PRODUCTS, _BATCHES, _LINES)
