"""What messages will touch, so that it is read together before they are handled."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from allocation.service_layer.needs import Needs

Created = tuple[str, str]
"""The sku and the reference of a batch that a message announces."""


@dataclass(slots=True)
class Prefetch:
    """Products by sku, batches by reference, lines by sku and order."""

    skus: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    created: set[Created] = field(default_factory=set)
    lines: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, needs: Iterable[Needs]) -> "Prefetch":
        """All that several messages need. What follows from them concerns the same products."""
        prefetch = cls()
        for need in needs:
            prefetch.skus.update(need.skus)
            prefetch.refs.update(need.refs)
            prefetch.lines.update(need.lines)
            prefetch.created.update(need.created)
        return prefetch
