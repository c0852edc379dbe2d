"""How much of a long list one answer has."""

from typing import Final

LISTED: Final = 100
"""Of what can be a million, such as the waiting lines of a product, the first are listed."""
