"""What messages will touch, known before they are handled, so that it is read together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from allocation.domain import events


@dataclass(slots=True)
class Prefetch:
    """Products by sku, batches by reference, lines by sku and order."""

    skus: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    lines: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, messages: Iterable[object]) -> "Prefetch":
        """What these messages name. What follows from them concerns the same products."""
        foreseen = cls()
        for message in messages:
            match message:
                case events.AllocationRequired(orderid=orderid, sku=sku):
                    foreseen.skus.add(sku)
                    foreseen.lines.add((sku, orderid))
                case events.BatchCreated(ref=ref, sku=sku):
                    foreseen.refs.add(ref)
                    foreseen.skus.add(sku)
                case events.BatchQuantityChanged(ref=ref) | events.ReleaseContinued(ref=ref):
                    foreseen.refs.add(ref)
                case events.FillContinued(sku=sku):
                    foreseen.skus.add(sku)
        return foreseen
