"""What a mail tells is read by indexes, however much is in the log."""

from datetime import date

from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.domain.events import OutOfStock, PromiseChanged, PromiseLost, SupplyOverdue
from allocation.views.news import FactRange, NewsViews
from tests.support.crowded_database import grow
from tests.support.plans import bad_plans
from tests.support.spies import overheard

FACTS = {
    "PromiseLost": PromiseLost("o1", "SKU-7", 1, "b1", None),
    "PromiseChanged": PromiseChanged("o1", "SKU-7", 1, None, None, "b1", None),
    "OutOfStock": OutOfStock("SKU-7"),
    "SupplyOverdue": SupplyOverdue("b1", date(2030, 1, 1)),
}


def test_the_news_of_a_group_are_read_by_the_numbers_of_its_facts(database: Database) -> None:
    grow(database)
    with database.writing() as connection:
        rows = connection.execute(text("SELECT id FROM messages ORDER BY seq LIMIT 4")).scalars()
        ids = list(rows)
        for id, name in zip(ids, FACTS, strict=True):
            connection.execute(
                text("UPDATE messages SET correlation_id = 'c', type = :type WHERE id = :id"),
                {"type": name, "id": id},
            )
        connection.commit()
    types = {name: type(fact) for name, fact in FACTS.items()}
    views = NewsViews(database, types, lambda name, _: FACTS[name], lambda *_: None)
    with overheard(database) as traffic:
        news = views.news([FactRange("c", ids[0], ids[-1])], dict.fromkeys(types, 1), None)
    assert list(news.facts) == list(FACTS.values())
    assert len(traffic.statements) == 6
    assert bad_plans(database, traffic, {}) == {}
