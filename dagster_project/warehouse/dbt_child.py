"""dbt, tied to the process that started it.

A build that is killed must not leave a dbt behind that goes on writing the warehouse which the next build opens.
"""

import gc
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

# Names the process to end with: by the time this one looks, its parent may be gone and it a child of another.
PARENT = "TETHERED_TO"
# Names the file of the project as dbt has parsed it (`manifest.parsed_project`); empty to have it parsed.
PARSED = "PARSED_PROJECT"

_SECONDS_BETWEEN_LOOKS = 0.2


def main() -> None:
    """Run dbt's command line until it is done or the process that ``PARENT`` names is gone."""
    threading.Thread(target=_end_with, args=(int(os.environ[PARENT]),), daemon=True).start()
    # What dbt makes it needs to its end: looking through it for garbage took 0.8 s of 8.2, to spare 55 MB.
    gc.disable()
    # Nothing here needs pandas, but pyarrow imports it where it can, when DuckDB first calls one of the functions that
    # spell addresses: 1.4 s of 12.
    sys.modules["pandas"] = None  # pyright: ignore[reportArgumentType]
    # Late, because it takes seconds in which the parent may be killed as well.
    from dbt.cli.main import cli

    try:
        cli(obj=_parsed(os.environ.get(PARSED, "")))
    finally:
        # What is left would be looked through once more at the end: 0.6 s, to free memory that goes with the process.
        gc.freeze()


def _parsed(path: str) -> dict[str, Any]:
    """What dbt's command line is given of things that it would make itself, as its ``dbtRunner`` gives them."""
    from dbt.contracts.graph.manifest import Manifest

    try:
        return {"manifest": Manifest.from_msgpack(Path(path).read_bytes())} if path else {}
    except (OSError, ValueError, LookupError, TypeError):
        # Of all that can be wrong with the file, dbt needs to know nothing: it parses the project itself.
        return {}


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    # At once, with everything: DuckDB takes back what was not committed when it is opened again.
    os._exit(1)


if __name__ == "__main__":
    main()
