"""Start of the command ``satledger``: keeps Python's bytecode from one start to the next, and can be interrupted."""

import os
import signal
import sys
from pathlib import Path


def keep_bytecode() -> None:
    """Make this process and its children keep their bytecode even if the environment forbids it.

    Many containers set PYTHONDONTWRITEBYTECODE. Every process would then compile the 3,000 modules of Dagster and dbt
    anew, which takes 3 seconds. The variable is meant to keep source folders clean, and they stay clean: all bytecode
    goes into one folder of the virtual environment, and is removed with it.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None:
        sys.pycache_prefix = str(Path(sys.prefix) / "bytecode")
        sys.dont_write_bytecode = False
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def heed_interrupts() -> None:
    """Make this process and its children end at SIGINT, and so at SIGTERM, even if their parent ignores SIGINT.

    A shell's script ignores SIGINT for what it starts in the background. Dagster gives SIGTERM the handler of SIGINT:
    its page, its daemon and every run would then ignore both, and end at nothing but SIGKILL.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Run the command line."""
    keep_bytecode()
    heed_interrupts()
    # Imported late: before ``keep_bytecode``, its modules would be compiled without being kept.
    from dagster_project.cli import main as run

    run()
