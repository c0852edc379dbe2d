"""The addresses of the pages."""

from typing import Final
from urllib.parse import quote, urlencode

ROOT: Final = "/board"
STATIC: Final = f"{ROOT}/static"
MESSAGES: Final = f"{ROOT}/messages"
SHIPMENTS: Final = f"{ROOT}/shipments"
FAILURES: Final = f"{ROOT}/failures"
ORDERS: Final = f"{ROOT}/orders"
BATCHES: Final = f"{ROOT}/batches"


def _named(section: str, name: str) -> str:
    end = "%20" if name in (".", "..") else ""  # see `name_after`
    return f"{ROOT}/{section}/{quote(name, safe='')}{end}"


def product_page(sku: str) -> str:
    """The page of a product."""
    return _named("stock", sku)


def batch_page(ref: str) -> str:
    """The page of a batch, with what can be done to it."""
    return _named("batches", ref)


def order_page(orderid: str) -> str:
    """The page of an order."""
    return _named("orders", orderid)


def line_page(orderid: str, sku: str, line: str = "") -> str:
    """The page of a line of an order, with what can be done to it."""
    named = {"sku": sku, **({"line": line} if line else {})}
    return f"{order_page(orderid)}?{urlencode(named)}"


def message_page(id: str) -> str:
    """The page of a message, with its causes and follow-ups."""
    return _named("messages", id)


def resend_page(id: str) -> str:
    """The form that sends a message again, as a new one."""
    return _named("resend", id)


def preview_page(verb: str) -> str:
    """The page that shows what a message would come to."""
    return f"{ROOT}/preview/{verb}"


def send_page(verb: str) -> str:
    """Where the form of a preview is sent."""
    return f"{ROOT}/send/{verb}"


def import_page(id: str) -> str:
    """The page of an uploaded file."""
    return _named("import", id)


def csv_list(name: str) -> str:
    """A list as CSV."""
    return f"{ROOT}/csv/{name}"
