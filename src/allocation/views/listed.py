"""The maximum length of lists in answers."""

from typing import Final

LISTED: Final = 100
"""The maximum length of a list that could be very long, such as a product's waiting lines."""
