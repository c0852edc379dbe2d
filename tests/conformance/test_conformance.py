"""The service does what its document says, and refuses what the document does not allow."""

import re
from pathlib import Path

from tests.conformance.run import conformance, new_key
from tests.support.serving import serving

OPERATIONS = 44


def test_schemathesis_finds_no_difference(sqlite_url: str, tmp_path: Path) -> None:
    """A few examples; `make schemathesis` tries hundreds."""
    with serving(sqlite_url, tmp_path) as server:
        key = new_key(sqlite_url)
        ended = conformance(server.address, tmp_path, key=key, examples=10, seed=17)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    tested = re.search(r"Tested: (\d+)", ended.stdout)
    assert tested is not None
    assert int(tested[1]) == OPERATIONS
    assert "Traceback" not in "".join(server.output)
