"""A build that does not fit into its memory limit spills to disk, and gives what a build that fits gives."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.sample.plan import Plan
from dagster_project.sample.source import generate
from dagster_project.settings import Chain, Settings, Source
from tests.warehouse.harness import Home

# 150 MB are too few for 1,500,000 entries, and for 300,000 they are enough.
PLAN = Plan(entries=1_500_000, days=30)
LIMIT = "150MB"
# The ledger and what it is made of: enough to spill, and many connections after the first that did.
MODELS = "+account_states"


def test_a_build_that_spills_gives_the_same_tables(tmp_path: Path) -> None:
    fits = _home(tmp_path / "fits", "4GB")
    for _ in generate(fits.settings, PLAN):
        pass
    spills = _home(tmp_path / "spills", LIMIT)
    shutil.copytree(fits.settings.lake, spills.settings.lake, copy_function=os.link)
    _run(fits)
    with _files_seen(spills.settings.temp) as seen:
        _run(spills)
    assert any(name.startswith("duckdb_temp_storage") for name in seen)
    # Nothing of it stays.
    assert list(spills.settings.temp.iterdir()) == []
    assert _states(spills) == _states(fits)


def _run(home: Home) -> None:
    done = home.dbt("build", "--select", MODELS, "--exclude-resource-type", "unit_test", "test")
    assert done.returncode == 0, done.stdout + done.stderr


def _states(home: Home) -> str:
    with home.reading() as connection:
        ((digest,),) = connection.execute(
            "select sha256(string_agg(cast(account_states as varchar), '\n' order by day, account_id)) "
            "from account_states"
        ).fetchall()
    return digest


def _home(folder: Path, memory_limit: str) -> Home:
    return Home(Settings(home=folder, chain=Chain.SAMPLE, source=Source.SAMPLE, memory_limit=memory_limit))


@contextmanager
def _files_seen(folder: Path, interval: float = 0.01) -> Iterator[set[str]]:
    """Names of files that are in a folder at some time during the block."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(interval):
            seen.update(path.name for path in folder.glob("*"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
