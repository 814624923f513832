"""Commands keep to the memory limit, the threads and the folder for spilling that the user set."""

from pathlib import Path

import duckdb

from bench.measure import folders_of_spills, watching
from dagster_project.settings import Settings
from dagster_project.warehouse.publication import Unpublished, mark_unpublished
from tests.cli.command import LAST_DAY, satledger

ROWS = 2_000_000
LIMIT = "100MB"


def test_publishing_spills_where_it_should(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        # Rows in no order, which the copy has to sort: several times the limit.
        connection.execute(f"""
            insert into blocks_metrics by name
            select 'btc' as asset, date '{LAST_DAY}' as time, 'Made' || hash(range) as metric, range as value
            from range({ROWS})
        """)
    mark_unpublished(Settings(home=home), Unpublished.BUILT)
    seen: set[Path] = set()
    settings = {"SATLEDGER_MEMORY_LIMIT": LIMIT, "SATLEDGER_THREADS": "1", "SATLEDGER_TEMP_DIR": str(elsewhere)}
    with watching(lambda: seen.update(folders_of_spills(home, elsewhere)), interval=0.01):
        done = satledger(home, "build", "--to", LAST_DAY, **settings)
    assert done.returncode == 0, done.stderr
    assert seen == {elsewhere}
    assert not folders_of_spills(elsewhere)
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        made = connection.execute(f"""
            select count(*), sum(value) from metrics_daily where metric like 'Made%' and time = '{LAST_DAY}'
        """).fetchone()
    assert made == (ROWS, ROWS * (ROWS - 1) / 2)
