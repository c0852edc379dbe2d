"""The products that a list is about."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func

from allocation.domain.validation import normalize_name


@dataclass(frozen=True, slots=True)
class Selection:
    """The products with a sku, those whose skus begin with a prefix, or all."""

    sku: str | None = None
    sku_prefix: str | None = None

    def of(self, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """The conditions on a column or expression that holds skus."""
        conditions = list[ColumnElement[bool]]()
        if self.sku is not None:
            name = normalize_name(self.sku)
            conditions.append(false() if name is None else column == name)
        if self.sku_prefix is not None:
            prefix = _normalized(self.sku_prefix)
            # Unlike LIKE and comparisons, the same for every database, language and character.
            is_prefix = func.substr(column, 1, len(prefix or "")) == prefix
            conditions.append(false() if prefix is None else is_prefix)
        return conditions


def _normalized(prefix: str) -> str | None:
    """Normalise a prefix, which may be empty or end with a blank; None if no name begins so."""
    name = normalize_name(f"{prefix}x")
    return None if name is None else name[:-1]
