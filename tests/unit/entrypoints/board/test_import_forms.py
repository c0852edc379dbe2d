"""The fields of the forms of imports, and the scopes of what their files send."""

import pytest

from allocation.access.scopes import Scope
from allocation.entrypoints.board.imports.board_kinds import (
    BOARD_KINDS,
    BoardKind,
    permitted_kinds,
)
from allocation.entrypoints.board.imports.reading_form import in_words_of_form, reading_of
from allocation.entrypoints.http.writes import scope_of
from allocation.entrypoints.importing.kinds import BATCHES
from allocation.entrypoints.table_files.reading_options import InvalidOption, ReadingOptions
from allocation.service_layer.messagebus import REGISTRY

SENT = {
    "batches": ("BatchCreated",),
    "count": ("BatchCreated", "BatchQuantityChanged", "BatchEtaChanged"),
    "receipts": ("BatchEtaChanged", "BatchPartiallyReceived"),
    "orders": ("AllocationRequired",),
    "cancellations": ("OrderCancelled", "OrderLineCancelled"),
    "shipments": ("OrderShipped", "OrderLineShipped"),
}


@pytest.mark.parametrize("kind", BOARD_KINDS, ids=lambda kind: kind.name)
def test_a_file_needs_the_scope_of_all_messages_that_it_sends(kind: BoardKind) -> None:
    needed = {scope_of(REGISTRY.incoming[name]) for name in SENT[kind.name]}
    assert needed == {kind.scope}


def test_a_caller_is_offered_the_files_of_its_scopes() -> None:
    assert [each.name for each in permitted_kinds({Scope.ORDERS, Scope.READ})] == [
        *("orders", "cancellations", "shipments"),
    ]
    assert permitted_kinds({Scope.READ}) == []


def test_an_empty_form_leaves_everything_to_be_detected() -> None:
    assert reading_of({"delimiter": " ", "column.ref": ""}, BATCHES) == ReadingOptions()


def test_a_form_says_how_a_file_is_read() -> None:
    form = {"delimiter": "tab", "header-row": "3", "decimal": ",", "date-format": "%d.%m.%Y"}
    form |= {"column.ref": " Batch No ", "none.eta": "1", "encoding": "utf-16", "sheet": ""}

    assert reading_of(form, BATCHES) == ReadingOptions(
        columns={"ref": "Batch No", "eta": ""},
        delimiter="\t",
        header_row=3,
        decimal=",",
        date_format="%d.%m.%Y",
        encoding="utf-16",
    )


@pytest.mark.parametrize(
    ("field", "value"), [("header-row", "0"), ("header-row", "1.5"), ("encoding", "base64")]
)
def test_a_field_with_an_impossible_value_is_named(field: str, value: str) -> None:
    with pytest.raises(InvalidOption, match=field):
        reading_of({field: value}, BATCHES)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("name it: --column sku=NAME", "name it: the field “sku”"),
        (
            "name them: --column orderid=NAME --column sku=NAME",
            "name them: the fields “orderid”, “sku”",
        ),
        (
            "or that there is none: --column eta= (all are)",
            "or that there is none: tick “no such column” for eta (all are)",
        ),
        ("looks like the header: --header-row 3", "looks like the header: “Row with the names” 3"),
        ("say --sheet NAME: A, B", "say “Sheet”: A, B"),
        (
            "1250 (--decimal ,) or 1.25 (--decimal .)",
            "1250 (“Decimal sign” ,) or 1.25 (“Decimal sign” .)",
        ),
        ("a date of the form %d (--date-format)", "a date of the form %d (“Form of dates”)"),
    ],
)
def test_a_message_names_the_fields_of_the_form_and_not_options(message: str, words: str) -> None:
    assert in_words_of_form(message) == words
