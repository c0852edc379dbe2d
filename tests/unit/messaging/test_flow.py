"""A registry as a graph: nodes are message types and destinations, edges what they lead to."""

from dataclasses import replace

import pytest

from allocation.messaging.digests import Digest
from allocation.messaging.errors import RegistryError
from allocation.messaging.flow import Edge, Flow, MessageKind, MessageNode, Relation
from allocation.messaging.registry import Incoming, MessageType, Outcome, Registry, Reply
from tests.support.toy_domain import Letter, Note, Remark, keys, post, write_down

INCOMING = Incoming[Note](
    verb="write",
    summary="Write a note",
    example=Note("milk"),
    replies={Outcome.DONE: dict},
    reply=lambda _note, _result, _facts: Reply(Outcome.DONE, {}),
    scope="notes",
)
NOTE = MessageType(
    Note,
    "Note",
    keys,
    handlers=(write_down,),
    needs=lambda _: None,
    incoming=INCOMING,
    raises=(Note, Remark),
)
LETTER = MessageType(Letter, "Letter", keys, destinations={"post": post})
REMARK = MessageType(Remark, "Remark", keys, recorded=True)
DIGEST = MessageType(Digest, "Digest", lambda _: (), destinations={"mail": post})


def test_a_message_from_outside_has_its_verb_and_its_handlers() -> None:
    note, _ = Flow.of(Registry(NOTE, REMARK)).messages

    assert note == MessageNode(
        "Note",
        MessageKind.INCOMING,
        verb="write",
        handlers=("write_down",),
        raises=("Note", "Remark"),
        destinations=(),
        audience=None,
    )


def test_a_handled_message_that_no_client_may_send_is_a_follow_up() -> None:
    registry = Registry(replace(NOTE, incoming=None), REMARK, LETTER)

    kinds = [node.kind for node in Flow.of(registry).messages]
    assert kinds == [MessageKind.FOLLOW_UP, MessageKind.FACT, MessageKind.DELIVERY]


def test_edges_lead_to_raised_messages_and_to_destinations() -> None:
    flow = Flow.of(Registry(NOTE, REMARK, LETTER))

    assert flow.edges == (
        Edge("Note", "Note", Relation.RAISES),
        Edge("Note", "Remark", Relation.RAISES),
        Edge("Letter", "post", Relation.DELIVERED_TO),
    )
    assert flow.destinations == ("post",)


def test_an_edge_leads_from_a_fact_with_an_audience_to_the_digest() -> None:
    remark = replace(REMARK, audience="readers")

    flow = Flow.of(Registry(remark, DIGEST))
    assert flow.edges[0] == Edge("Remark", "Digest", Relation.NOTIFIES, "readers")


def test_a_fact_leads_to_no_digest_in_a_registry_without_digests() -> None:
    assert Flow.of(Registry(replace(REMARK, audience="readers"))).edges == ()


def test_a_message_that_several_entries_list_twice_has_one_edge() -> None:
    note = replace(NOTE, raises=(Remark, Remark))

    assert Flow.of(Registry(note, REMARK)).edges == (Edge("Note", "Remark", Relation.RAISES),)


def test_the_causes_of_a_message_are_the_types_that_raise_it() -> None:
    flow = Flow.of(Registry(NOTE, REMARK))

    assert flow.causes("Remark") == ("Note",)
    assert flow.causes("Nothing") == ()


def test_a_flow_refuses_an_entry_that_raises_an_unregistered_type() -> None:
    with pytest.raises(RegistryError, match="Remark has no entry"):
        Flow.of(Registry(NOTE))
