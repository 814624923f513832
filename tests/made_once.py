"""What several processes of a run of the tests need, made by the first that needs it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a copy, of this process's own, of a folder that one process makes for all.

    Args:
        factory: names the folders of this run.
        name: of what is made.
        make: makes it, in a folder that is not there yet.
    """
    base = factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made, done = common / f"made-{name}", common / f"made-{name}.done"
    with FileLock(common / f"made-{name}.lock"):
        if not done.exists():
            shutil.rmtree(made, ignore_errors=True)
            make(made)
            done.touch()
    return Path(shutil.copytree(made, factory.mktemp(name) / "home"))
