"""The numbers of lines of a file, as ranges."""

from typing import Final

LISTED: Final = 20
"""The maximum number of ranges that are kept and listed."""


class LineRanges:
    """Ascending numbers of lines of a file; consecutive ones are a range.

    Of many ranges, the first ones are kept.
    """

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self._has_more = False

    def add(self, number: int) -> None:
        """Add a line with a higher number than those before."""
        if self._has_more:
            return
        if self._ranges and number == self._ranges[-1][1] + 1:
            self._ranges[-1] = self._ranges[-1][0], number
        elif len(self._ranges) < LISTED:
            self._ranges.append((number, number))
        else:
            self._has_more = True

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def __str__(self) -> str:
        texts = [str(low) if low == high else f"{low}-{high}" for low, high in self._ranges]
        noun = "line" if len(texts) == 1 and "-" not in texts[0] else "lines"
        return f"{noun} {', '.join(texts)}{', …' if self._has_more else ''}"
