"""Texts of values that a workbook stores with their type: numbers, dates, truth values."""


class StoredText(str):
    """The text of a value that is no text in the workbook; what it is, is `noun`."""

    __slots__ = ()
    noun = "a value"

    def strip(self, characters: str | None = None, /) -> "StoredText":  # noqa: ARG002 - as str's
        """The text itself, which keeps its type."""
        return self


class StoredNumber(StoredText):
    """A number; a whole one has no fraction."""

    __slots__ = ()
    noun = "a number"


class StoredDate(StoredText):
    """A date, in the form YYYY-MM-DD, with a time behind it unless that is midnight."""

    __slots__ = ()
    noun = "a date"


class StoredFlag(StoredText):
    """A truth value: yes or no."""

    __slots__ = ()
    noun = "a truth value"


class StoredTime(StoredText):
    """A time of day, or a duration."""

    __slots__ = ()
    noun = "a time"


class Unusable(StoredText):
    """A cell whose value cannot be read, for a `reason`; empty, or what can be shown of it."""

    __slots__ = ("reason",)
    reason: str

    @classmethod
    def because(cls, reason: str, text: str = "") -> "Unusable":
        """The cell with this text."""
        cell = cls(text)
        cell.reason = reason
        return cell


class DisguisedNumber(StoredNumber):
    """A number that the workbook shows with other characters, such as 00123 for 123, or 5 %.

    Attributes:
        number_format: the number format of the cell.
    """

    __slots__ = ("number_format",)
    number_format: str

    @classmethod
    def shown_as(cls, number_format: str, text: str) -> "DisguisedNumber":
        """The number with this text, in this number format."""
        cell = cls(text)
        cell.number_format = number_format
        return cell
