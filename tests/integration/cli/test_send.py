"""`allocation send`: one message of any type, by hand."""

import json

import pytest

from allocation.service_layer.messagebus import REGISTRY
from tests.integration.cli.conftest import Run
from tests.support.requests import a_move

BATCH = ("send", "BatchCreated", "ref=b9", "sku=LAMP", "qty=5")


def test_the_example_of_every_type_can_be_sent(stocked: Run) -> None:
    for name, entry in REGISTRY.incoming.items():
        example = entry.as_incoming.example
        given = {f.name: getattr(example, f.name) for f in example.public_fields()}
        words = [f"{field}={value}" for field, value in given.items() if value is not None]
        ended = stocked("send", name, *words)
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)


def test_the_result_is_the_body_of_the_http_response(stocked: Run) -> None:
    ended = stocked("send", "AllocationRequired", "orderid=o1", "sku=LAMP", "qty=7")
    assert ended.stdout == '{"batchref":"b1","status":"allocated"}\n'

    ended = stocked("send", "BatchQuantityChanged", "ref=b1", "qty=6")
    moved = a_move("o1", "b1", "b2", 7, to_eta="2030-01-01")
    assert json.loads(ended.stdout) == {"batchref": "b1", "qty": 6, "moved": [moved]}


@pytest.mark.parametrize(("eta", "shown"), [("eta=", "in stock"), ("eta=2031-02-03", "2031-02-03")])
def test_a_date_is_given_as_in_a_file_and_may_be_empty(stocked: Run, eta: str, shown: str) -> None:
    assert stocked(*BATCH, eta).stdout == '{"batchref":"b9"}\n'
    [row] = [row for row in stocked("show", "sku", "LAMP").stdout.splitlines() if "b9" in row]
    assert shown in row


def test_a_message_sent_again_with_its_key_takes_effect_once(stocked: Run) -> None:
    line = ("send", "AllocationRequired", "sku=LAMP", "qty=7", "--id", "k1")
    first, second = (stocked(*line, "orderid=o1") for _ in range(2))
    other = stocked(*line, "orderid=o2")

    assert first == second
    assert (other.returncode, other.stdout) == (2, "")
    assert "k1" in other.stderr


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("Nonsense",), 2, "type 'Nonsense' is none of BatchCreated, AllocationRequired, "),
        (("Allocated", "sku=LAMP"), 2, "type 'Allocated' is none of"),
        ((*BATCH[1:], "price=1"), 2, "'price' is not a field of BatchCreated, whose fields are"),
        ((*BATCH[1:4],), 2, "qty is missing: give qty=VALUE"),
        ((*BATCH[1:], "qty=6"), 2, "qty is given twice"),
        ((*BATCH[1:], "today"), 2, "'today' is not FIELD=VALUE"),
        ((*BATCH[1:4], "qty=many"), 1, "qty 'many' is invalid"),
        ((*BATCH[1:4], "qty=-1"), 1, "qty -1 is less than 1"),
        ((*BATCH[1:4], "qty="), 1, "qty '' is invalid"),
        ((*BATCH[1:], "eta=soon"), 1, "eta 'soon' is invalid"),
        ((*BATCH[1:], "--id", " "), 1, "--id ' '"),
        (("AllocationRequired", "orderid=o1", "sku=SOFA", "qty=1"), 1, "Invalid sku SOFA"),
    ],
)
def test_a_wrong_call_or_a_refusal_is_one_line_that_says_why(
    stocked: Run, words: tuple[str, ...], code: int, why: str
) -> None:
    ended = stocked("send", *words)

    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith(f"error: {why}")
    assert ended.stderr.count("\n") == 1
