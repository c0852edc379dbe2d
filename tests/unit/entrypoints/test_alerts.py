"""Alerts say in a sentence what needs attention, and what to do next."""

from dataclasses import replace
from datetime import UTC, date, datetime

from allocation.entrypoints.board.alerts import AlertTexts, counted_up_to
from allocation.views import DeadLetterView, LateShipment, Need, Shortage, UnfinishedView
from allocation.views.lists.shipments import Shipment

TODAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
TEXTS = AlertTexts(TODAY, may_change=True)


def overdue(ref: str = "PO-2291") -> Shipment:
    eta = date(2026, 11, 28)
    return Shipment(ref, "RED-CHAIR", eta, True, "available", eta, 80, 60, 20, 0)


def test_an_overdue_shipment_is_to_have_a_new_date() -> None:
    need = Need(15, 15, date(2026, 11, 30), is_requested=True)
    [alert] = TEXTS.overdue([overdue()], {"PO-2291": need})
    assert alert.name == "PO-2291"
    assert alert.text == "should have arrived on 28 Nov: 80 units of RED-CHAIR"
    assert alert.detail == ("15 lines are promised from it, the earliest of them needed by 30 Nov")
    assert (alert.action, alert.opens_dialog) == ("Give a new date…", True)
    assert alert.target == "/board/batches/PO-2291?back=/"


def test_a_shipment_of_which_nothing_is_promised_says_so() -> None:
    [alert] = TEXTS.overdue([overdue()], {})
    assert alert.detail == "No order line is promised from it"


def test_a_caller_who_may_not_change_the_stock_can_only_look() -> None:
    [alert] = AlertTexts(TODAY, may_change=False).overdue([overdue()], {})
    assert (alert.action, alert.opens_dialog) == ("View", False)
    assert alert.target == "/board/batches/PO-2291"


def test_a_late_shipment_says_for_how_many_lines_and_by_how_much() -> None:
    late = LateShipment("PO-7", "LAMP", date(2026, 12, 14), 4, date(2026, 12, 2), False)
    requested = replace(late, is_requested=True)
    [promised_alert, requested_alert] = TEXTS.late([late, requested])
    assert promised_alert.text == "arrives on 14 Dec, too late for 4 lines"
    assert promised_alert.detail == "LAMP, first promised for 2 Dec, 12 days before it arrives"
    assert requested_alert.detail == "LAMP, needed by 2 Dec, 12 days before it arrives"


def test_a_product_that_ran_out_says_who_is_served_first() -> None:
    first, second = TEXTS.shortages(
        [
            Shortage("CHAIR", 1, "SO-1", has_free_units=False),
            Shortage("SOFA", 1_000, "SO-2", has_free_units=False),
        ]
    )
    assert (first.kind, first.text) == ("Ran out", "has run out: 1 line waits")
    assert first.detail == "SO-1 is served first; no shipment has free units"
    assert second.text == "has run out: 1\u202f000 lines or more wait"


def test_a_product_with_too_few_free_units_for_a_line_has_not_run_out() -> None:
    [alert] = TEXTS.shortages([Shortage("CHAIR", 2, "SO-1", has_free_units=True)])
    assert alert.kind == "Waiting"
    assert alert.text == "has units, but no batch has room for a whole line: 2 lines wait"
    assert alert.detail == "SO-1 is served first, once a batch has room for it"


def test_dead_letters_are_one_alert_with_the_error_of_the_first() -> None:
    letter = DeadLetterView("m1", "OutOfStock", "{}", None, AT, 5, "Refused\nmore", None)
    [alert] = TEXTS.dead_letters([letter, letter])
    assert alert.text == "2 messages failed and are not tried again"
    assert (alert.detail, alert.target) == ("Out of stock: Refused", "/board/failures")
    assert [*TEXTS.dead_letters([])] == []


def test_only_messages_that_have_failed_are_failing() -> None:
    waits = UnfinishedView("m1", "Digest", "{}", "outgoing", AT, 0, None, None, None)
    fails = UnfinishedView("m2", "Digest", "{}", "outgoing", AT, 2, AT, "No answer", None)
    [alert] = TEXTS.failing([waits, fails])
    assert alert.text == "1 message failed and will be tried again"
    assert alert.detail == "Digest: No answer"
    assert [*TEXTS.failing([waits])] == []


def test_a_count_that_ended_at_its_limit_says_so() -> None:
    assert counted_up_to(99, 100, "line") == "99 lines"
    assert counted_up_to(100, 100, "line") == "100 lines or more"
