"""What the mails to sales and the buyers say: one mail for each audience and cause.

Only plain values in, only text out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Final, NamedTuple

from allocation.domain.events import (
    Event,
    OutOfStock,
    PromiseChanged,
    PromiseLost,
    SupplyOverdue,
)
from allocation.domain.news import Cause, Facts, News, Shortage


class Notification(NamedTuple):
    """The subject and the text of a mail."""

    subject: str
    text: str


def notification(_digest: object, news: News) -> Notification | None:
    """Write the notification of a digest's news; None if nothing of the news is still true."""
    sections = [
        section
        for kind, write in _SECTIONS.items()
        if kind in news.facts and (section := write(news.facts[kind], news)) is not None
    ]
    if not sections:
        return None
    paragraphs = ["\n".join([f"{each.heading}:", *each.lines]) for each in sections]
    subject = "; ".join(section.heading for section in sections)
    return Notification(subject, "\n\n".join([*paragraphs, _causes(news)]))


class _Section(NamedTuple):
    """What a mail says about the facts of one type."""

    heading: str
    lines: Sequence[str]


def _changed_promises(facts: Facts, _news: News) -> _Section:
    lines = [
        f"{_line(fact)}: {_promise(fact.from_batchref, fact.from_day)}"
        f" -> {_promise(fact.to_batchref, fact.to_day)}"
        for fact in facts.listed
    ]
    return _Section(_counted(facts.total, "promise") + " changed", _with_rest(lines, facts))


def _lost_promises(facts: Facts, _news: News) -> _Section:
    lines = [
        f"{_line(fact)}: {_promise(fact.batchref, fact.day)} -> waits for stock"
        for fact in facts.listed
    ]
    return _Section(_counted(facts.total, "promise") + " lost", _with_rest(lines, facts))


def _shortages(facts: Facts, news: News) -> _Section:
    skus = list(dict.fromkeys(fact.sku for fact in facts.listed))
    lines = [f"  {sku}: {_waiting(news.shortages.get(sku))}" for sku in skus]
    rest = facts.total - len(facts.listed)
    what = f"{'more than ' if rest else ''}{len(skus)} products"
    if len(skus) == 1 and not rest:
        what = skus[0]
    return _Section(f"Out of stock for {what}", _with_rest(lines, facts))


def _overdue_shipments(facts: Facts, news: News) -> _Section | None:
    overdue = [(fact.ref, news.overdue[fact.ref]) for fact in facts.listed if _is_late(fact, news)]
    rest = facts.total - len(facts.listed)
    if not overdue and not rest:
        return None
    lines = [f"  {ref}: {one.units} of {one.sku}, due on {one.eta}" for ref, one in overdue]
    heading = f"{_counted(len(overdue) + rest, 'shipment')} overdue"
    return _Section(heading, _with_rest(lines, facts))


def _is_late(fact: SupplyOverdue, news: News) -> bool:
    return fact.ref in news.overdue and news.overdue[fact.ref].eta == fact.eta


_SECTIONS: Final[Mapping[type[Event], Callable[[Facts, News], _Section | None]]] = {
    PromiseLost: _lost_promises,
    PromiseChanged: _changed_promises,
    OutOfStock: _shortages,
    SupplyOverdue: _overdue_shipments,
}


def _line(fact: PromiseChanged | PromiseLost) -> str:
    line = "" if fact.line is None else f", line {fact.line}"
    return f"  order {fact.orderid}{line}: {fact.qty} of {fact.sku}"


def _promise(batchref: str | None, day: date | None) -> str:
    if batchref is None:
        return "no promise"
    return f"{batchref} (no date)" if day is None else f"{batchref} ({day})"


def _waiting(shortage: Shortage | None) -> str:
    if shortage is None or not shortage.lines:
        return "no order line waits now"
    verb = "waits" if shortage.lines == 1 else "wait"
    return f"{_counted(shortage.lines, 'order line')} {verb} for {shortage.units} units"


def _with_rest(lines: list[str], facts: Facts) -> list[str]:
    rest = facts.total - len(facts.listed)
    return [*lines, f"  and {rest:,} more"] if rest else lines


def _causes(news: News) -> str:
    if news.title is None and len(news.causes) == 1:
        return f"Cause: {_described(news.causes[0])}"
    sent_as = "" if news.title is None else f"{news.title}, "
    lines = [f"  {_described(cause)}" for cause in news.causes]
    rest = news.cause_count - len(news.causes)
    lines += [f"  and {rest:,} more"] if rest else []
    return "\n".join([f"Cause: {sent_as}{_counted(news.cause_count, 'message')}", *lines])


def _described(cause: Cause) -> str:
    """The message with its fields that are not empty, and its key for `allocation log show`."""
    if cause.message is None:
        return f"message {cause.id}"
    values = asdict(cause.message)
    described = ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
    return f"{type(cause.message).__name__} ({described}), key {cause.id}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
