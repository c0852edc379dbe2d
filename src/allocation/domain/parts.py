"""Functions of the parts of one order line; each change makes new parts."""

from datetime import date

from allocation.domain.order_line import (
    ALLOCATED,
    CANCELLED,
    SHIPPED,
    WAITING,
    OrderLine,
    Part,
    Parts,
    Promise,
    State,
)

OPEN = (WAITING, ALLOCATED)
"""The states of units that have neither been shipped nor cancelled."""


def waiting_part(parts: Parts) -> Part | None:
    """The part that waits, if there is one."""
    return part_on(parts, None, WAITING)


def allocated_parts(parts: Parts) -> list[Part]:
    """The parts that are allocated to batches."""
    return [part for part in parts if part.state == ALLOCATED]


def part_on(parts: Parts, batchref: str | None, state: State = ALLOCATED) -> Part | None:
    """The part that is allocated to a batch, or has another state; without a batch, if None."""
    for part in parts:
        if part.batchref == batchref and part.state == state:
            return part
    return None


def existing(part: Part | None) -> Part:
    """A part that a rule relies on.

    Raises:
        LookupError: there is no such part.
    """
    if part is None:
        raise LookupError("the line or the batch has no such part")
    return part


def open_units(parts: Parts) -> int:
    """The units that have neither been shipped nor cancelled."""
    return sum(part.qty for part in parts if part.state in OPEN)


def shipped_units(parts: Parts) -> int:
    """The units that have been shipped."""
    return sum(part.qty for part in parts if part.state == SHIPPED)


def cancelled_units(parts: Parts) -> int:
    """The units that have been cancelled, and still count as ordered."""
    return sum(part.qty for part in parts if part.state == CANCELLED)


def without_cancelled(parts: Parts) -> Parts:
    """The parts whose units are open or have been shipped."""
    return tuple(part for part in parts if part.state != CANCELLED)


def is_closed(parts: Parts) -> bool:
    """Whether all units have been shipped or cancelled."""
    return all(part.state not in OPEN for part in parts)


def closed_state(parts: Parts) -> State:
    """The state of a closed line: shipped if any of its units were."""
    return SHIPPED if shipped_units(parts) else CANCELLED


def line_state(parts: Parts) -> State:
    """Waiting if any unit waits; allocated if all open units are; else the state of the closed."""
    if is_closed(parts):
        return closed_state(parts)
    return ALLOCATED if waiting_part(parts) is None else WAITING


def announced_quantity(parts: Parts) -> int:
    """The quantity with which the line was announced."""
    first = parts[0].first_qty
    return parts[0].line.qty if first is None else first


def moved(parts: Parts, part: Part, qty: int, target: Part) -> Parts:
    """Take units off a part, and join them to the part in the target's place.

    The target has the moved units; it becomes a part of its own if none has its place.
    """
    if qty == part.qty and parts == (part,):  # as nearly always
        return (target,)
    return joined(without(parts, part, qty), target)


def replaced(parts: Parts, part: Part, now: Part) -> Parts:
    """The parts of the line with another one in the place of `part`."""
    return tuple(now if each == part else each for each in parts)


def units_to_lose(part: Part, short: int) -> int:
    """The units that a part loses if its batch is short of `short` units: all, unless split."""
    return min(part.qty, short) if part.line.split else part.qty


def without(parts: Parts, part: Part, qty: int) -> Parts:
    """Take units off a part.

    Raises:
        ValueError: the part has fewer units.
    """
    if qty > part.qty:
        raise ValueError(f"{part} has no {qty} units")
    place = part.state, part.batchref
    rest = (p._replace(qty=p.qty - qty) if (p.state, p.batchref) == place else p for p in parts)
    return tuple(p for p in rest if p.qty > 0)


def without_batch(part: Part, qty: int, state: State, stale_promise: Promise | None = None) -> Part:
    """Units of a part that belong to no batch any more, and what was told of them."""
    return Part(
        part.line,
        qty,
        part.position,
        state,
        first_promised=part.first_promised,
        first_qty=part.first_qty,
        stale_promise=stale_promise,
    )


def last_promise(part: Part, day: date | None) -> Promise | None:
    """What was told last of a part; unless it has changed since, its batch, and this day."""
    if part.stale_promise is not None or part.batchref is None:
        return part.stale_promise
    return Promise(part.batchref, day)


def joined(parts: Parts, new: Part) -> Parts:
    """Add units in the place of an existing part, or as a part of its own.

    The older allocation number and the earlier dates count for the joined units, and what was told
    of both. If that differs, it must be told before they join: see `told_apart`.
    """
    for n, part in enumerate(parts):
        if part.state == new.state and part.batchref == new.batchref:
            return (*parts[:n], _sum(part, new), *parts[n + 1 :])
    return (*parts, new)


def told_apart(parts: Parts, new: Part) -> list[Part]:
    """The parts of which something is to be told before units join an existing part.

    A promise that does not hold any more is known for the whole of a part only.
    """
    for part in parts:
        if (part.state, part.batchref) == (new.state, new.batchref):
            are_told_alike = part.stale_promise == new.stale_promise
            return [] if are_told_alike else [p for p in (part, new) if p.stale_promise is not None]
    return []


def resized(parts: Parts, qty: int) -> Parts:
    """The parts of the same line after its ordered quantity has changed to `qty`."""
    line, first = parts[0].line, announced_quantity(parts)
    new = OrderLine(line.orderid, line.sku, qty, line.line, line.required_by, line.split)
    return tuple(part._replace(line=new, first_qty=first) for part in parts)


def earliest(*days: date | None) -> date | None:
    """The earliest of these days; None if there is none."""
    dates = [day for day in days if day is not None]
    return min(dates) if dates else None


def _sum(part: Part, new: Part) -> Part:
    numbers = [n for n in (part.allocation_number, new.allocation_number) if n is not None]
    return part._replace(
        qty=part.qty + new.qty,
        allocation_number=min(numbers, default=None),
        first_promised=earliest(part.first_promised, new.first_promised),
        due=earliest(part.due, new.due),
        stale_promise=part.stale_promise if part.stale_promise == new.stale_promise else None,
    )
