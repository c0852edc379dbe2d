"""`python -m benchmarks.allocating URL LINES SKUS`: allocates, and tells its memory ten times."""

import json
import sys
import time

import psutil  # type: ignore[import-untyped]  # comes without types

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired
from benchmarks import stock
from benchmarks.bare.rows import order

AT_ONCE = 1024


def main(url: str, lines: int, skus: int) -> None:
    """Allocate so many lines of so many products."""
    names, application = stock.names(skus), bootstrap(Settings(url))
    process, tenth = psutil.Process(), lines // 10
    for first in range(0, lines, tenth):
        start = time.perf_counter()
        for portion in range(first, first + tenth, AT_ONCE):
            numbers = range(portion, min(portion + AT_ONCE, first + tenth))
            events = [AllocationRequired(*order(number, names)) for number in numbers]
            for answer in application.handle_all(events):
                if answer.error is not None:
                    raise answer.error
        rate = tenth / (time.perf_counter() - start)
        figures = {
            "lines": first + tenth,
            "memory": process.memory_info().rss,
            "per_second": rate,
        }
        print(json.dumps(figures), flush=True)
    application.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
