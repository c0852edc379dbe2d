"""What happens to lines when shipments slip, or are overdue: rules 15 to 17."""

from datetime import timedelta

from allocation.domain.events import Allocated
from tests.support.builders import TODAY, TOMORROW
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku

YESTERDAY = TODAY - timedelta(days=1)


class TestASlip:
    def test_moves_lines_where_they_gain_a_day(self) -> None:
        sku = OneSku()
        sku.batch("january", 10, JANUARY)
        sku.order("order", 10)
        sku.batch("february", 10, FEBRUARY)
        sku.change_batch_eta("january", MARCH)
        assert sku.of("order") == {"february": 10}

    def test_moves_lines_that_would_miss_their_required_day_first(self) -> None:
        sku = OneSku()
        sku.batch("january", 3, JANUARY)
        sku.order("patient", 1)
        sku.order("long after", 1, required_by=MARCH)
        sku.order("urgent", 1, required_by=JANUARY)
        sku.batch("february", 1, JANUARY + timedelta(days=1))
        sku.change_batch_eta("january", FEBRUARY)
        assert sku.of("urgent") == {"february": 1}
        assert sku.of("patient") == sku.of("long after") == {"january": 1}

    def test_moves_the_others_by_position_and_then_serves_who_waits(self) -> None:
        sku = OneSku()
        sku.batch("january", 3, JANUARY)
        for orderid, required in (("a", None), ("b", None), ("c", JANUARY)):
            sku.order(orderid, 1, required_by=required)
        sku.order("waiting", 2)
        sku.batch("february", 1, FEBRUARY)
        sku.batch("another", 1, FEBRUARY)
        sku.change_batch_eta("january", MARCH)
        assert [sku.of(o) for o in ("c", "a", "b", "waiting")] == [
            {"another": 1},
            {"february": 1},
            {"january": 1},
            {"january": 2},
        ]

    def test_moves_urgent_lines_by_position(self) -> None:
        sku = OneSku()
        sku.batch("january", 2, JANUARY)
        sku.order("older", 1, required_by=JANUARY)
        sku.order("younger", 1, required_by=TODAY)
        sku.batch("february", 1, FEBRUARY)
        sku.change_batch_eta("january", MARCH)
        assert (sku.of("older"), sku.of("younger")) == ({"february": 1}, {"january": 1})


class TestAnOverdueShipment:
    def test_is_preferred_last(self) -> None:
        sku = OneSku()
        sku.batch("overdue", 1, YESTERDAY)
        sku.batch("january", 1, JANUARY)
        sku.batch("stock", 1)
        for orderid in ("a", "b", "c"):
            sku.order(orderid, 1)
        assert [sku.of(o) for o in "abc"] == [{"stock": 1}, {"january": 1}, {"overdue": 1}]

    def test_is_preferred_by_its_date_among_others(self) -> None:
        sku = OneSku()
        sku.batch("yesterday", 1, YESTERDAY)
        sku.batch("before", 1, YESTERDAY - timedelta(days=1))
        sku.order("order", 1)
        assert sku.of("order") == {"before": 1}

    def test_due_today_is_not_overdue(self) -> None:
        sku = OneSku()
        sku.batch("today", 1, TODAY)
        sku.batch("january", 1, JANUARY)
        sku.order("order", 1)
        assert sku.of("order") == {"today": 1}

    def test_loses_its_lines_to_the_stock_and_to_no_other_shipment(self) -> None:
        sku = OneSku()
        sku.batch("overdue", 2, YESTERDAY)
        sku.order("a", 1)
        sku.order("b", 1)
        sku.batch("tomorrow", 2, TOMORROW)
        assert (sku.of("a"), sku.of("b")) == ({"overdue": 1}, {"overdue": 1})
        sku.batch("stock", 1)
        assert (sku.of("a"), sku.of("b")) == ({"stock": 1}, {"overdue": 1})

    def test_moves_nobody_at_midnight(self) -> None:
        sku = OneSku()
        sku.batch("today", 1, TODAY)
        sku.order("order", 1)
        sku.batch("stock", 1)
        raised = len(sku.raised)
        sku.product.today = TOMORROW
        assert sku.of("order") == {"today": 1}
        assert not sku.product.events
        sku.serve("order")  # as the daily job has it done
        assert sku.of("order") == {"stock": 1}
        assert [type(event) for event in sku.raised[raised:]][:1] == [Allocated]
