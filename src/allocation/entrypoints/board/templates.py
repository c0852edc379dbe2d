"""The templates of the pages."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from allocation.entrypoints.board import addresses, formats, message_texts
from allocation.entrypoints.board.assets import asset

_FOLDER: Final = Path(__file__).with_name("templates")

_FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "number": formats.number,
    "number_up_to": formats.number_up_to,
    "signed": formats.signed,
    "rate": formats.rate,
    "duration": formats.duration,
}
_GLOBALS: Final[Mapping[str, Callable[..., object]]] = {
    "asset": asset,
    "batch_page": addresses.batch_page,
    "counted": formats.counted,
    "lateness": formats.lateness,
    "line_page": addresses.line_page,
    "import_page": addresses.import_page,
    "message_page": addresses.message_page,
    "order_page": addresses.order_page,
    "preview_page": addresses.preview_page,
    "product_page": addresses.product_page,
    "resend_page": addresses.resend_page,
    "send_page": addresses.send_page,
    "sentence": message_texts.sentence,
    "state_of": message_texts.state_of,
    "title_of": message_texts.title_of,
}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= _FILTERS
    environment.globals |= _GLOBALS
    return environment


TEMPLATES: Final = _environment()
