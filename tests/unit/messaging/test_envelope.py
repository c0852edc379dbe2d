"""What travels around a message."""

from datetime import UTC, datetime, timedelta

from allocation.messaging.log import Envelope
from tests.support.toy_domain import Note

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)


def test_a_message_from_outside_starts_a_chain() -> None:
    root = Envelope.root(Note("a"), id="m1", at=NOW)
    assert (root.id, root.message, root.at) == ("m1", Note("a"), NOW)
    assert (root.correlation_id, root.causation_id) == ("m1", None)


def test_a_follow_up_names_its_cause_and_stays_in_the_chain() -> None:
    root = Envelope.root(Note("a"), id="m1", at=NOW)
    child = root.causing(Note("b"), id="m2", at=LATER)
    grandchild = child.causing(Note("c"), id="m3", at=LATER)
    assert (child.id, child.message, child.at) == ("m2", Note("b"), LATER)
    assert (child.correlation_id, child.causation_id) == ("m1", "m1")
    assert (grandchild.correlation_id, grandchild.causation_id) == ("m1", "m2")
