"""Sends what libraries print to a log; what the user should see goes to a console of its own."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console


@contextmanager
def quiet(log: Path) -> Iterator[Console]:
    """Send everything that this process and its children print into a log; yield a console on the terminal.

    This redirects file descriptors, because other processes of Dagster and dbt print too.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _flush()
    kept = [os.dup(1), os.dup(2)]
    with os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace") as terminal, log.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
        try:
            with warnings.catch_warnings():
                # On every start Dagster warns about its own preview and beta features.
                warnings.simplefilter("ignore")
                yield Console(file=terminal)
        finally:
            _flush()
            for descriptor, original in zip((1, 2), kept, strict=True):
                os.dup2(original, descriptor)
                os.close(original)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
