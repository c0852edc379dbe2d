"""`python -m benchmarks.baseline serve --port 0 --database URL`: the baseline's server.

Its database stands in BASELINE_URL; the one named here is opened by the command, and
not used.
"""

import os

from sqlalchemy.orm import sessionmaker

from benchmarks.baseline import tables
from benchmarks.baseline.app import create_app
from benchmarks.servers.instead import serve_instead


def main() -> None:
    """Serve until killed."""
    tables.map_classes()
    sessions = sessionmaker(tables.engine(os.environ["BASELINE_URL"]), expire_on_commit=False)
    serve_instead(create_app(sessions))


if __name__ == "__main__":
    main()
