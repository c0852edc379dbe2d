"""What is being done, on standard error, so that nobody wonders whether it hangs."""

import sys
import time

_STARTED = time.monotonic()


def tell(what: str) -> None:
    """Say what has been begun or found, with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:4.0f} s] {what}", file=sys.stderr, flush=True)
