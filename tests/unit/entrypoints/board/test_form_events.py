"""The fields of forms are texts, and stand for events."""

from datetime import date

import pytest

from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchEtaChanged,
    OrderLineCancelled,
)
from allocation.entrypoints.board.form_events import event_of, fields_of
from allocation.entrypoints.http.errors import InvalidBody
from allocation.errors import InvalidValue
from allocation.service_layer.messagebus import REGISTRY

BATCH = REGISTRY.incoming["BatchCreated"]
LINE = REGISTRY.incoming["AllocationRequired"]


def test_numbers_dates_and_flags_are_read() -> None:
    fields = {"orderid": "o1", "sku": " LAMP ", "qty": "1\u202f200", "split": "true"}
    line = event_of(LINE, fields | {"required_by": "2026-12-01"})

    assert line == AllocationRequired("o1", "LAMP", 1200, required_by=date(2026, 12, 1), split=True)


def test_an_empty_field_is_missing() -> None:
    eta = REGISTRY.incoming["BatchEtaChanged"]

    assert event_of(eta, {"ref": "b1", "eta": "", "reason": ""}) == BatchEtaChanged("b1")


def test_an_empty_name_of_a_line_is_the_line_without_a_name() -> None:
    cancel = REGISTRY.incoming["OrderLineCancelled"]
    event = event_of(cancel, {"orderid": "o1", "sku": "LAMP", "line": ""})

    assert event == OrderLineCancelled("o1", "LAMP", "")
    assert fields_of(cancel, event)["line"] == ""


@pytest.mark.parametrize("qty", ["x", "1.5", "1e3", "--1", "٣", "9" * 19])
def test_what_is_no_whole_number_is_refused(qty: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        event_of(BATCH, {"ref": "b1", "sku": "LAMP", "qty": qty})

    assert (refusal.value.field, refusal.value.value) == ("qty", qty)


def test_a_missing_or_unknown_field_is_refused() -> None:
    for fields in (
        {"ref": "b1", "sku": "LAMP"},
        {"ref": "b1", "sku": "LAMP", "qty": "1", "x": "y"},
    ):
        with pytest.raises(InvalidBody):
            event_of(BATCH, fields)


def test_the_fields_of_an_event_stand_for_it() -> None:
    event = BatchCreated("b1", "LAMP", 5, date(2026, 12, 1))

    assert event_of(BATCH, fields_of(BATCH, event)) == event
