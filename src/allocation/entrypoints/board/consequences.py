"""What a message would come to, besides the order lines that move, for people."""

from typing import Any

from allocation.entrypoints.board.formats import counted


def body_of(reply_body: Any) -> list[tuple[str, str]]:
    """The plain fields of a reply, for messages that move no lines."""
    shown = list[tuple[str, str]]()
    for name in ("status", "batchref", "qty"):
        value = getattr(reply_body, name, None)
        if value is not None:
            shown.append((name, str(value)))
    return shown


def cautions_of(reply_body: Any) -> list[str]:
    """What somebody who sends a message should know before, besides the lines that move."""
    cautions = list[str]()
    if getattr(reply_body, "repeated", False):
        batch = reply_body.new_batchref
        cautions.append(f"This receipt was recorded before, as {batch}: nothing would change.")
    if unexpected := getattr(reply_body, "unexpected", 0):
        more = counted(unexpected, "unit")
        cautions.append(
            f"{more} more than expected {'has' if unexpected == 1 else 'have'} arrived."
        )
    if getattr(reply_body, "overdue", False):
        cautions.append("The date has passed: the shipment would be overdue.")
    return cautions
