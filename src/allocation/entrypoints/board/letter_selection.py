"""Which dead letters an operator has selected, and how many those are."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from allocation.bootstrap import Application
from allocation.entrypoints.board.addresses import FAILURES, message_page
from allocation.entrypoints.board.failed_messages import address_of, kind_in
from allocation.entrypoints.board.message_texts import sentence, title_of
from allocation.errors import InvalidValue, NotDiscardable, UnknownDeadLetter
from allocation.views import FailureKind

Act = Literal["replay", "discard"]


class Selection(NamedTuple):
    """The dead letter with an id, or those of a kind; all of them without either."""

    id: str | None
    kind: FailureKind | None

    @classmethod
    def of(cls, fields: Mapping[str, str], act: Act) -> "Selection":
        """Read the selection from the fields of a form.

        Raises:
            InvalidValue: the fields have neither an id nor a kind, which discarding takes.
        """
        selection = cls(fields.get("id"), kind_in(fields.get("type"), fields.get("error")))
        if act == "discard" and selection == (None, None):
            raise InvalidValue("type", None, "is missing: choose which dead letters to discard")
        return selection

    @property
    def back(self) -> str:
        """The page of the selected dead letters."""
        if self.id is not None:
            return message_page(self.id)
        return FAILURES if self.kind is None else address_of(self.kind)


def counted_letters(
    application: Application, selection: Selection, act: Act
) -> tuple[int, str, int]:
    """The number of dead letters, what they are, and the number of the last one.

    Raises:
        UnknownDeadLetter: no dead letter has the selected id.
        NotDiscardable: they are to be discarded, but are continuations.
    """
    views, (id, kind) = application.log_views, selection
    if id is not None:
        letter = views.dead_letter(id)
        if letter is None:
            raise UnknownDeadLetter(id)
        _check_discardable(application, act, letter.type, id)
        return 1, sentence(letter.type, letter.body), 0
    chosen = views.failures.chosen(kind)
    if kind is not None and chosen.ids:
        _check_discardable(application, act, kind.type, chosen.ids[0])
    more = "" if chosen.is_complete else ", and there are more: repeat this afterwards"
    what = "Everything that has failed" if kind is None else f"{title_of(kind.type)}: {kind.error}"
    return len(chosen.ids), f"{what}{more}", chosen.last


def _check_discardable(application: Application, act: Act, type: str, id: str) -> None:
    registry = application.registry
    if act == "discard" and type in map(registry.name_of, registry.continuations):
        raise NotDiscardable(id)
