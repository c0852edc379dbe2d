"""`allocation show`: its tables have more columns when there is more to show."""

from collections.abc import Callable

import pytest

from tests.integration.cli.conftest import Run

Send = Callable[..., None]

LINE = ("orderid=o1", "sku=LAMP")


@pytest.fixture
def send(run: Run) -> Send:
    """Sends messages to a database with one batch in stock, and one that is to come."""

    def sending(*words: str) -> None:
        ended = run("send", *words)
        assert ended.returncode == 0, ended.stderr

    sending("BatchCreated", "ref=stock", "sku=LAMP", "qty=10")
    sending("BatchCreated", "ref=shipment", "sku=LAMP", "qty=5", "eta=2030-01-01")
    return sending


def rows(run: Run, *words: str) -> list[list[str]]:
    """The cells of a table, of which none has blanks."""
    return [line.split() for line in run("show", *words).stdout.splitlines()]


def test_a_simple_order_has_the_columns_that_all_have(run: Run, send: Send) -> None:
    send("AllocationRequired", *LINE, "qty=4")

    assert rows(run, "order", "o1") == [
        ["sku", "qty", "status", "batch", "eta"],
        ["LAMP", "4", "allocated", "stock"],
    ]
    _, header, *_ = rows(run, "sku", "LAMP")
    assert header == ["batch", "eta", "purchased", "allocated", "available"]


def test_an_order_in_parts_has_a_row_for_each(run: Run, send: Send) -> None:
    send("AllocationRequired", *LINE, "qty=20", "line=1", "split=true", "required_by=2029-12-31")
    send("OrderLineShipped", *LINE, "qty=4")

    header, *shown = rows(run, "order", "o1")

    assert header == ["sku", "line", "qty", "status", "batch", "eta", "required", "by"]
    assert sorted(shown) == [
        ["LAMP", "1", "4", "shipped", "stock", "2029-12-31"],
        ["LAMP", "1", "5", "allocated", "shipment", "2030-01-01", "2029-12-31"],
        ["LAMP", "1", "5", "waiting", "2029-12-31"],
        ["LAMP", "1", "6", "allocated", "stock", "2029-12-31"],
    ]
    assert rows(run, "sku", "LAMP")[-2:] == [
        ["waiting", "order", "line", "qty", "required", "by"],
        ["o1", "1", "5", "2029-12-31"],
    ]


def test_a_date_that_was_promised_first_is_shown_if_it_is_another_now(run: Run, send: Send) -> None:
    send("BatchBlocked", "ref=stock")
    send("AllocationRequired", *LINE, "qty=4")
    send("BatchEtaChanged", "ref=shipment", "eta=2030-02-01")

    assert rows(run, "order", "o1") == [
        ["sku", "qty", "status", "batch", "eta", "first", "promised"],
        ["LAMP", "4", "allocated", "shipment", "2030-02-01", "2030-01-01"],
    ]


def test_batches_that_are_not_as_announced_are_shown_so(run: Run, send: Send) -> None:
    send("BatchBlocked", "ref=stock")
    send("BatchEtaChanged", "ref=shipment", "eta=2030-02-01")
    send("BatchCreated", "ref=gone", "sku=LAMP", "qty=1", "eta=2031-01-01")
    send("BatchCancelled", "ref=gone")

    _, *table = rows(run, "sku", "LAMP")

    columns = ["batch", "eta", "purchased", "allocated", "available", "blocked", "status"]
    assert table == [
        [*columns, "announced", "for"],
        ["stock", "in", "stock", "10", "0", "0", "10", "blocked"],
        ["shipment", "2030-02-01", "5", "0", "5", "2030-01-01"],
        ["gone", "2031-01-01", "0", "0", "0", "cancelled"],
    ]
