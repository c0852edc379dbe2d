"""docs/messages.md is what the registry gives, and its examples can be sent."""

import json
import shlex
from typing import Any

import pytest
from tools.messages import FIELD_MEANINGS, PAGE, body, command, page

from allocation.domain.events import Event
from allocation.entrypoints.cli.send import event_of
from allocation.messaging.registry import MessageType
from allocation.service_layer.messagebus import REGISTRY

INCOMING = [*REGISTRY.incoming.values()]


def test_the_page_is_that_of_the_registry() -> None:
    is_up_to_date = PAGE.read_text(encoding="utf-8") == page(REGISTRY)

    assert is_up_to_date, "docs/messages.md is out of date: run `make messages`, and look at it"


def test_every_message_has_a_section() -> None:
    headings = [line for line in page(REGISTRY).splitlines() if line.startswith("### ")]

    named = {heading.removeprefix("### ").partition(":")[0] for heading in headings}
    assert {entry.name for entry in REGISTRY.entries} <= named


def test_every_field_has_a_meaning_and_no_meaning_is_left_over() -> None:
    names = {field.name for entry in INCOMING for field in entry.type.public_fields()}

    assert set(FIELD_MEANINGS) == names


@pytest.mark.parametrize("entry", INCOMING, ids=lambda entry: entry.name)
def test_an_example_can_be_sent(entry: MessageType[Any]) -> None:
    example: Event = entry.as_incoming.example

    _allocation, _send, name, *words = shlex.split(command(example))
    assert (name, event_of(entry.type, words)) == (entry.name, example)
    given = [f"{field}={value}" for field, value in json.loads(body(example)).items()]
    assert event_of(entry.type, given) == example
