"""Run dbt in a process that ends with the one that started it.

If a build is killed, its dbt must not continue to write the warehouse while the next build opens it.
"""

import gc
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

# Id of the parent process. It is passed on, because the parent may be gone before this process looks it up.
PARENT = "TETHERED_TO"
# Path of the parsed project (`manifest.parsed_project`); empty to have dbt parse it.
PARSED = "PARSED_PROJECT"

_SECONDS_BETWEEN_LOOKS = 0.2


def main() -> None:
    """Run dbt's command line until it is done or the process with the id in ``PARENT`` is gone."""
    threading.Thread(target=_end_with, args=(int(os.environ[PARENT]),), daemon=True).start()
    # dbt needs its objects until it ends: garbage collection took 0.8 s of 8.2 s, and freed only 55 MB.
    gc.disable()
    # Nothing here needs pandas, but pyarrow imports it, if it can, when DuckDB first calls the function that encodes
    # addresses: 1.4 s of 12 s.
    sys.modules["pandas"] = None  # pyright: ignore[reportArgumentType]
    # Imported only now, because it takes seconds, and the parent may be killed meanwhile.
    from dbt.cli.main import cli

    try:
        cli(obj=_parsed(os.environ.get(PARSED, "")))
    finally:
        # Skip the garbage collection at exit: it takes 0.6 s, and the process's memory is freed anyway.
        gc.freeze()


def _parsed(path: str) -> dict[str, Any]:
    """The context object for dbt's command line, with the parsed project in it, as dbt's ``dbtRunner`` passes it."""
    from dbt.contracts.graph.manifest import Manifest

    try:
        return {"manifest": Manifest.from_msgpack(Path(path).read_bytes())} if path else {}
    except (OSError, ValueError, LookupError, TypeError):
        # Whatever is wrong with the file, dbt can parse the project itself.
        return {}


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    # End all threads at once: DuckDB rolls back uncommitted changes when the file is opened again.
    os._exit(1)


if __name__ == "__main__":
    main()
