"""Idempotency keys in the arguments of commands, and in the cells of files."""

from allocation.domain.validation import clean_text


def clean_key(key: str | None, field: str = "--id") -> str | None:
    """Validate and normalise an idempotency key, if there is one; errors name the `field`.

    Raises:
        InvalidValue: it is invalid.
    """
    return None if key is None else clean_text(field, key)
