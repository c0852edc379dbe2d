"""The examples of the API's document; its page sends them when it is asked to try them out."""

from datetime import date
from typing import Final

from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged

A_BATCH: Final = BatchCreated("PO-17", "CHAI", 40, date(2026, 12, 24))
A_LINE: Final = AllocationRequired("10248", "CHAI", 12)
A_QUANTITY: Final = BatchQuantityChanged("PO-17", 10)
