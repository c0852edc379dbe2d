"""The lines of a request with many messages: each is one message, or invalid."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from allocation.access.callers import Caller
from allocation.access.scopes import Scope
from allocation.bootstrap import Incoming, Registry
from allocation.domain.events import Event
from allocation.entrypoints.http import request_bodies
from allocation.entrypoints.http.access.declarations import refuse
from allocation.entrypoints.http.error_responses import KNOWN
from allocation.entrypoints.http.errors import UnknownType
from allocation.entrypoints.http.request_bodies import Form
from allocation.entrypoints.http.requests import clean_key
from allocation.entrypoints.http.writes import scope_of


class _Head(msgspec.Struct):
    type: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the request: its event, or the error if the line is invalid."""

    id: str | None = None
    event: Event | None = None
    error: Exception | None = None
    incoming: Incoming[Any] | None = None


class _FormOfType(NamedTuple):
    form: Form[Any]
    incoming: Incoming[Any]
    scopes: frozenset[Scope]
    """The scopes of which a sender needs one."""


class Forms:
    """Parses lines, with a form for each incoming message type."""

    def __init__(self, registry: Registry) -> None:
        self._forms = {
            name: _FormOfType(
                Form(entry.type, beside=_Head.__struct_fields__),
                entry.as_incoming,
                frozenset({scope_of(entry)}),
            )
            for name, entry in registry.incoming.items()
        }

    def read(self, line: bytes, caller: Caller) -> Line:
        """Parse a line of a caller.

        An invalid line has an error in place of an event, as has one that the caller may not send.
        """
        try:
            head = request_bodies.read_as(_Head, line)
            id = clean_key("id", head.id)
        except Exception as error:
            return _refused(error, None)
        try:
            if head.type not in self._forms:
                types = ", ".join(self._forms)
                raise UnknownType(f"type {head.type!r:.80} is none of {types}", "type")
            form = self._forms[head.type]
            if not form.scopes & caller.permitted:
                refuse(caller, form.scopes)
            return Line(id, form.form.read(line), incoming=form.incoming)
        except Exception as error:
            return _refused(error, id)


def _refused(error: Exception, id: str | None) -> Line:
    if not isinstance(error, KNOWN):
        raise error
    return Line(id, error=error)
