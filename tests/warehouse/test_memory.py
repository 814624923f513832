"""A build that does not fit into its memory limit spills to disk, and gives what a build that fits gives."""

import os
import shutil
from pathlib import Path

from bench.measure import watching
from dagster_project.chain.sources.sample import generate
from dagster_project.sample.plan import Plan
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
    seen: set[str] = set()
    with watching(lambda: seen.update(path.name for path in spills.settings.temp.glob("*")), interval=0.01):
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
