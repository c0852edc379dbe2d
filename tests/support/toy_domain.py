"""A domain that is no stock: notes in a notebook. The machinery must carry it as well.

A note may be followed by others, which makes a tree of messages as a test needs it.
"""

from dataclasses import dataclass
from typing import Protocol

from allocation.messaging.registry import Key, MessageType, Registry


@dataclass(frozen=True)
class Note:
    """To be written down; `then` follows from it."""

    text: str
    then: tuple[object, ...] = ()


@dataclass(frozen=True)
class Scribble:
    """A note that cannot be read."""

    text: str


@dataclass(frozen=True)
class InkNote:
    """A note whose handler breaks while there is no ink."""

    text: str
    then: tuple[object, ...] = ()


@dataclass(frozen=True)
class Letter:
    """To be carried outside."""

    text: str


@dataclass(frozen=True)
class Remark:
    """A plain fact."""

    text: str


class Illegible(Exception):
    """The notebook refuses what it cannot read."""


class NoInk(Exception):
    """An unexpected failure."""


class Page(Protocol):
    """What the handlers need of their unit of work."""

    ink: bool

    def write_down(self, text: str) -> None:
        """Write a line."""

    def follow(self, *messages: object) -> None:
        """Raise messages."""


def write_down(note: Note, page: Page) -> str:
    """Write the note, and raise what follows."""
    page.write_down(note.text)
    page.follow(*note.then)
    return f"wrote {note.text}"


def try_to_read(scribble: Scribble, page: Page) -> None:
    """Refuse, after having begun."""
    page.write_down(scribble.text)
    page.follow(Note("of a scribble"))
    raise Illegible(scribble.text)


def write_in_ink(note: InkNote, page: Page) -> str:
    """Break, after having begun, while there is no ink."""
    page.write_down(note.text)
    page.follow(*note.then)
    if not page.ink:
        raise NoInk(note.text)
    return f"inked {note.text}"


def post(letter: Letter, page: Page) -> None:
    """Carry the letter away; the tests of the relay bring a postman of their own."""


def keys(message: Note | Scribble | InkNote | Letter | Remark) -> tuple[Key, ...]:
    """What comes before the colons."""
    return tuple(("topic", topic) for topic in message.text.split(": ")[:-1])


REGISTRY = Registry(
    MessageType(Note, "Note", keys, handlers=(write_down,)),
    MessageType(Scribble, "Scribble", keys, handlers=(try_to_read,)),
    MessageType(InkNote, "InkNote", keys, handlers=(write_in_ink,)),
    MessageType(Letter, "Letter", keys, destinations={"post": post}),
    MessageType(Remark, "Remark", keys, recorded=True),
)
