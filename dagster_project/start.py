"""How the command ``satledger`` starts: with Python's bytecode kept from one start to the next."""

import os
import sys
from pathlib import Path


def keep_bytecode() -> None:
    """Have this process, and those that it starts, keep their bytecode although the environment forbids it.

    Many containers set PYTHONDONTWRITEBYTECODE, and every start would then compile the 3,000 modules of Dagster and dbt
    anew: 3 seconds for each process. The variable is there to keep source folders clean, and they stay clean: all
    bytecode goes into one folder of the virtual environment, and vanishes with it.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None:
        sys.pycache_prefix = str(Path(sys.prefix) / "bytecode")
        sys.dont_write_bytecode = False
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def main() -> None:
    """Run the command line."""
    keep_bytecode()
    # Late, because it would be compiled by then.
    from dagster_project.cli import main as run

    run()
