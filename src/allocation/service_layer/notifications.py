"""What the mails to sales and the buyers say: one mail for each audience and cause.

Only plain values in, only text out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Final, NamedTuple

from allocation.domain.events import OutOfStock, PromiseChanged, PromiseLost, SupplyOverdue
from allocation.domain.news import MOST_LISTED, Cause, News, Notification, Overdue, Shortage
from allocation.domain.order_line import Promise
from allocation.service_layer.told_promises import ToldPromise, told_promises


def notification(_digest: object, news: News) -> Notification | None:
    """Write the notification of a digest's news; None if nothing of the news is still true."""
    sections = [section for write in _SECTIONS for section in write(news) if section.lines]
    if not sections:
        return None
    paragraphs = ["\n".join([f"{each.heading}:", *each.lines]) for each in sections]
    subject = "; ".join(section.heading for section in sections)
    return Notification(subject, "\n\n".join([*paragraphs, _causes(news)]))


class _Section(NamedTuple):
    """What a mail says about one kind of news."""

    heading: str
    lines: Sequence[str]


def _promises(news: News) -> Iterator[_Section]:
    """The lost promises, and the changed ones, of which those that are late now come first."""
    facts = [fact for fact in news.facts if isinstance(fact, (PromiseChanged, PromiseLost))]
    changes = sorted(told_promises(facts), key=lambda each: not each.is_late)
    total = news.counts.get(PromiseChanged, 0) + news.counts.get(PromiseLost, 0)
    # If not all facts were read, what they come to is not known.
    is_complete = len(facts) == total
    for word, kind, each in (
        ("lost", PromiseLost, [one for one in changes if one.now is None]),
        ("changed", PromiseChanged, [one for one in changes if one.now is not None]),
    ):
        count = len(each) if is_complete else news.counts.get(kind, 0)
        lines = [_described_promise(one, news) for one in each[:MOST_LISTED]]
        yield _Section(f"{_counted(count, 'promise')} {word}", _with_rest(lines, count))


def _shortages(news: News) -> Iterator[_Section]:
    facts = [fact for fact in news.facts if isinstance(fact, OutOfStock)]
    skus = list(dict.fromkeys(fact.sku for fact in facts))
    lines = [f"  {sku}: {_waiting(news.shortages.get(sku))}" for sku in skus[:MOST_LISTED]]
    unread = news.counts.get(OutOfStock, 0) - len(facts)
    what = f"{'more than ' if unread else ''}{len(skus)} products"
    if len(skus) == 1 and not unread:
        what = skus[0]
    yield _Section(f"Out of stock for {what}", _with_rest(lines, len(skus)))


def _overdue_shipments(news: News) -> Iterator[_Section]:
    facts = [fact for fact in news.facts if isinstance(fact, SupplyOverdue)]
    refs = [fact.ref for fact in facts if _is_overdue(fact, news)]
    lines = [_described_shipment(ref, news.overdue[ref]) for ref in refs[:MOST_LISTED]]
    count = len(refs) + news.counts.get(SupplyOverdue, 0) - len(facts)
    yield _Section(f"{_counted(count, 'shipment')} overdue", _with_rest(lines, count))


def _is_overdue(fact: SupplyOverdue, news: News) -> bool:
    return fact.ref in news.overdue and news.overdue[fact.ref].eta == fact.eta


_SECTIONS: Final[Sequence[Callable[[News], Iterator[_Section]]]] = (
    _promises,
    _shortages,
    _overdue_shipments,
)


def _described_promise(change: ToldPromise, news: News) -> str:
    line = "" if change.line is None else f", line {change.line}"
    units = f"  order {change.orderid}{line}: {change.qty} of {change.sku}"
    if change.now is None and (change.orderid, change.sku, change.line or "") not in news.waiting:
        return f"{units}: {_promise(change.before)} -> no promise, and does not wait any more"
    return f"{units}: {_promise(change.before)} -> {_promise(change.now, 'waits for stock')}" + (
        _lateness(change)
    )


def _lateness(change: ToldPromise) -> str:
    if not change.is_late:
        return ""
    return ", late" if change.required_by is None else f", late: needed by {change.required_by}"


def _promise(promise: Promise | None, none: str = "no promise") -> str:
    if promise is None:
        return none
    return f"{promise.batchref} ({promise.day or 'no date'})"


def _described_shipment(ref: str, shipment: Overdue) -> str:
    expected = f"  {ref}: {shipment.units} of {shipment.sku}, due on {shipment.eta}"
    if not shipment.lines:
        return f"{expected}; none is promised"
    lines = _counted(shipment.lines, "order line")
    return f"{expected}; {shipment.promised} are promised to {lines}"


def _waiting(shortage: Shortage | None) -> str:
    if shortage is None or not shortage.lines:
        return "no order line waits now"
    verb = "waits" if shortage.lines == 1 else "wait"
    return f"{_counted(shortage.lines, 'order line')} {verb} for {shortage.units} units"


def _with_rest(lines: list[str], count: int) -> list[str]:
    rest = count - len(lines)
    return [*lines, f"  and {rest:,} more"] if rest > 0 else lines


def _causes(news: News) -> str:
    if news.title is None and len(news.causes) == 1:
        return f"Cause: {_described(news.causes[0])}"
    sent_as = "" if news.title is None else f"{news.title}, "
    lines = [f"  {_described(cause)}" for cause in news.causes]
    rest = news.cause_count - len(news.causes)
    lines += [f"  and {rest:,} more"] if rest else []
    return "\n".join([f"Cause: {sent_as}{_counted(news.cause_count, 'message')}", *lines])


def _described(cause: Cause) -> str:
    """The message, with its fields that are not empty, and its sender.

    The key is that for `allocation log show`.
    """
    if cause.message is None:
        return f"message {cause.id}"
    values = asdict(cause.message)
    by = "" if cause.sender is None else f", by {cause.sender}"
    described = ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
    return f"{type(cause.message).__name__} ({described}), key {cause.id}{by}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
