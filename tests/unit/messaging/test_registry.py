"""The registry is complete and consistent, or the application does not start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from allocation.bootstrap import EVENTS, bootstrap
from allocation.config import Settings
from allocation.domain.errors import InvalidValue, Refusal
from allocation.domain.events import Allocated
from allocation.messaging.errors import RegistryError
from allocation.messaging.registry import Incoming, MessageType, Outcome, Registry, Reply
from allocation.service_layer import messagebus
from allocation.service_layer.needs import Needs, sku_keys
from tests.support.toy_domain import Letter, Note, Remark, keys, post, write_down


@dataclass(frozen=True)
class Written:
    """The reply to a note."""

    text: str


INCOMING = Incoming[Note](
    verb="write",
    summary="Write a note",
    example=Note("milk"),
    replies={Outcome.DONE: Written},
    reply=lambda note, _result, _facts: Reply(Outcome.DONE, Written(note.text)),
    scope="notes",
)
NOTE = MessageType(
    Note, "Note", keys, handlers=(write_down,), needs=lambda _: None, incoming=INCOMING
)
LETTER = MessageType(Letter, "Letter", keys, destinations={"post": post})
REMARK = MessageType(Remark, "Remark", keys, recorded=True)
OF_LETTERS: Any = replace(INCOMING, example=cast(Any, Letter("x")))
WRITTEN_LETTER: Any = replace(NOTE, type=cast(Any, Letter), name="Letter", incoming=OF_LETTERS)


def asked_for_by(**changes: Any) -> MessageType[Note]:
    return replace(NOTE, incoming=replace(INCOMING, **changes))


def test_everything_derives_from_the_entries() -> None:
    registry = Registry(NOTE, LETTER, REMARK)

    assert registry.messages == {Note, Letter, Remark}
    assert registry.transactional == {Note: (write_down,)}
    assert registry.outbox == {Letter}
    assert registry.destinations == {"post": {Letter: post}}
    assert registry.recorded == {Remark}
    assert registry.handlers == {Note: [write_down], Letter: [post], Remark: []}
    assert registry.incoming == {"Note": NOTE}
    assert registry.name(Remark("so")) == "Remark"
    assert registry.keys(Note("a: b: c")) == (("topic", "a"), ("topic", "b"))
    assert registry.needs([Note("a"), Letter("b")]) == [None]


def test_a_message_of_an_unknown_type_has_no_keys_and_no_name() -> None:
    registry = Registry(NOTE)

    assert registry.keys(Remark("a: b")) == ()
    with pytest.raises(RegistryError, match="Remark has no entry in the registry"):
        registry.name(Remark("a: b"))


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([replace(NOTE, handlers=())], "nothing handles Note: its entry has no handlers"),
        ([replace(NOTE, recorded=True)], "Note is more than one of handled, delivered and"),
        ([replace(LETTER, handlers=(write_down,))], "Letter is more than one of"),
        ([replace(LETTER, recorded=True)], "Letter is more than one of"),
        ([NOTE, replace(NOTE, name="Letter")], "two entries have the type Note"),
        ([NOTE, replace(LETTER, name="Note")], "two entries have the name Note"),
        ([asked_for_by(example=Remark("x"))], "the example of Note is of another type"),
        ([asked_for_by(replies={})], "Note may come from outside, .* no presentation"),
        ([asked_for_by(reply=None)], r"no presentation of the result \(replies, reply\)"),
        ([asked_for_by(scope="")], r"does not tell what permission its senders need \(scope\)"),
        ([replace(NOTE, needs=None)], r"does not tell what to lock \(needs\)"),
        ([NOTE, WRITTEN_LETTER], "two entries have the verb write"),
        ([asked_for_by(verb="write/it")], "the verb of Note, 'write/it', is not lower_case"),
    ],
)
def test_an_incomplete_or_contradictory_entry_is_refused_by_name(
    entries: list[MessageType[Any]], why: str
) -> None:
    with pytest.raises(RegistryError, match=why):
        Registry(*entries)


def test_an_event_without_an_entry_is_named() -> None:
    Registry(NOTE).check([Note])
    with pytest.raises(RegistryError, match="Letter has no entry in the registry"):
        Registry(NOTE).check([Note, Letter])


@pytest.mark.parametrize(
    "reply",
    [
        lambda _note, _result, _facts: Reply(Outcome.CREATED, Written("x")),
        lambda note, _result, _facts: Reply(Outcome.DONE, note),
    ],
    ids=["outcome", "body"],
)
def test_a_reply_that_the_entry_does_not_declare_is_a_fault(reply: Callable[..., Reply]) -> None:
    incoming = replace(INCOMING, reply=reply)
    with pytest.raises(RegistryError, match="write does not declare"):
        incoming.present(Note("x"), None, ())


def test_an_entry_without_a_reply_or_a_public_side_presents_nothing() -> None:
    with pytest.raises(RegistryError, match="write has no presentation"):
        replace(INCOMING, reply=None).present(Note("x"), None, ())
    with pytest.raises(RegistryError, match="Remark may not come from outside"):
        _ = REMARK.as_incoming


def test_every_event_of_the_application_has_an_entry() -> None:
    assert Allocated in EVENTS
    messagebus.REGISTRY.check(EVENTS)


def test_an_application_does_not_start_with_an_entry_for_an_unknown_destination(
    tmp_path: Path,
) -> None:
    entries = [
        replace(entry, destinations={"pigeon": post}) if entry.destinations else entry
        for entry in messagebus.REGISTRY.entries
    ]
    with pytest.raises(RegistryError, match=r"Digest .* 'pigeon', .* destinations are 'mail'"):
        bootstrap(Settings(f"sqlite:///{tmp_path}/new.db"), registry=Registry(*entries))
    assert not list(tmp_path.iterdir())


def test_an_application_does_not_start_with_an_unknown_audience(tmp_path: Path) -> None:
    entries = [
        replace(entry, audience="pigeons") if entry.audience else entry
        for entry in messagebus.REGISTRY.entries
    ]
    with pytest.raises(RegistryError, match="recipients of the audience 'pigeons'"):
        bootstrap(Settings(f"sqlite:///{tmp_path}/new.db"), registry=Registry(*entries))


def test_a_message_that_is_delivered_itself_has_no_audience() -> None:
    entry = MessageType(
        Allocated, "Allocated", keys=sku_keys, destinations={"mail": post}, audience="buyers"
    )
    with pytest.raises(RegistryError, match="Allocated is delivered itself"):
        Registry(entry)


def test_the_chapters_table_holds_every_message_of_the_application() -> None:
    assert set(messagebus.HANDLERS) == messagebus.REGISTRY.messages


@pytest.mark.parametrize("entry", messagebus.REGISTRY.incoming.values(), ids=lambda e: e.name)
def test_the_needs_of_a_message_lock_every_product_that_its_keys_name(
    entry: MessageType[Any],
) -> None:
    example = entry.as_incoming.example
    [needs] = messagebus.REGISTRY.needs([example])

    assert isinstance(needs, Needs)
    keys = entry.keys(example)
    assert keys
    assert {name for kind, name in keys if kind == "sku"} <= set(needs.skus)
    assert {name for kind, name in keys if kind == "batch"} <= set(needs.refs)


@pytest.mark.parametrize("entry", messagebus.REGISTRY.incoming.values(), ids=lambda e: e.name)
def test_a_message_from_outside_names_refusals_of_the_rules(entry: MessageType[Any]) -> None:
    refusals = entry.as_incoming.refusals
    assert refusals
    assert all(issubclass(refusal, Refusal) for refusal in refusals)
    assert InvalidValue not in refusals  # of every message
