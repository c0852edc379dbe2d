"""The maximum length of lists in answers, and of counts."""

from typing import Final

LISTED: Final = 100
"""The maximum length of a list that could be very long, such as a product's waiting lines."""

COUNTED: Final = 1_000
"""The maximum of a count that could be very large: it stands for as many or more."""
