"""Compacting: a smaller file with the same contents, whatever happens meanwhile."""

import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.home import building
from dagster_project.lake.staging import scratch_folder
from dagster_project.settings import Settings
from dagster_project.warehouse.compaction import compact
from tests.cli.command import LAST_DAY, environment, satledger, tables

ASIDE = ".warehouse.duckdb.aside"


@pytest.fixture
def worn(home: Path) -> Path:
    """A home whose warehouse has some megabytes of dead space, and descriptions."""
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("create table dead as select hash(range) as number from range(1_000_000)")
        connection.execute("checkpoint")
        # DuckDB cuts off what is free at the end of a file: something that stays has to lie there. It is so large that
        # it does not fit into what was free before.
        connection.execute("create table kept as select hash(range) as number from range(1_000_000)")
        connection.execute("checkpoint")
        connection.execute("drop table dead")
        connection.execute("comment on table blocks is 'All blocks'; comment on column blocks.hash is 'Its id'")
        connection.execute("comment on view metrics_daily is 'Blocks by day'")
    return home


def test_the_file_is_smaller_and_all_else_is_as_it_was(worn: Path) -> None:
    warehouse = worn / "warehouse.duckdb"
    rows, described, size = tables(warehouse), _catalogue(warehouse), warehouse.stat().st_size
    done = satledger(worn, "compact")
    assert done.returncode == 0, done.stderr
    assert warehouse.stat().st_size < size - 5_000_000
    assert tables(warehouse) == rows
    assert _catalogue(warehouse) == described
    assert not (worn / ASIDE).exists()
    cells = [[cell.strip() for cell in line.split("│")] for line in done.stdout.splitlines()]
    shown = {row[1]: row[2:5] for row in cells if len(row) > 4}
    assert shown["warehouse"][:2] == [f"{size / 1e6:.3g} MB", f"{warehouse.stat().st_size / 1e6:.3g} MB"]
    entries = _count(warehouse, "balance_updates")
    assert f"{entries:,} ledger entries" in done.stdout
    raw = sum(path.stat().st_size for path in (worn / "lake" / "raw").rglob("*.parquet"))
    assert shown["raw days, Parquet"][2] == f"{raw / entries:.1f}"

    again = satledger(worn, "build", "--from", LAST_DAY, "--to", LAST_DAY)
    assert again.returncode == 0, again.stderr
    assert tables(warehouse) == rows


def test_sizes_add_up_to_the_file(worn: Path) -> None:
    warehouse = worn / "warehouse.duckdb"
    size = warehouse.stat().st_size
    done = compact(Settings(home=worn))
    assert done.before.file == size
    assert done.after.file == warehouse.stat().st_size
    assert done.after.tables.keys() == {name for name, rows in tables(warehouse).items() if rows}
    assert done.before.rest > 5_000_000 > done.after.rest > 0


def test_leftovers_go_but_not_those_in_use(home: Path) -> None:
    temp = home / "temp"
    (temp / "staging-of-the-dead").mkdir()
    (temp / "staging-of-the-dead" / "blocks").write_bytes(bytes(1000))
    (temp / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(bytes(500))
    (temp / "notes.txt").write_text("the user's own")
    with scratch_folder(Settings(home=home)) as held:
        (temp / "staging-of-the-dead-too").mkdir()
        left = {path.name for path in temp.iterdir() if "dead" not in path.name and "duckdb" not in path.name}
        assert satledger(home, "compact").returncode == 0
        assert held.is_dir()
        assert {path.name for path in temp.iterdir()} == left


def test_a_locked_warehouse_is_left_alone(home: Path) -> None:
    with _unchanged(home):
        code = f"import duckdb; c = duckdb.connect({str(home / 'warehouse.duckdb')!r}); print('held', flush=True)"
        code += "; import time; time.sleep(600)"
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            done = satledger(home, "compact")
            holder.kill()
        assert done.returncode == 1
        assert f"locked by process {holder.pid} " in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_it_waits_for_no_build(home: Path) -> None:
    with _unchanged(home), building(Settings(home=home)):
        done = satledger(home, "compact")
    assert done.returncode == 1
    assert f"Process {os.getpid()} is building in {home}" in done.stderr


def test_a_disk_without_room_is_said_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 5_000_000, 5_000_000))
    with _unchanged(home), pytest.raises(SatledgerError, match="the disk has 5,000,000: free some space"):
        compact(Settings(home=home))


def test_nothing_to_compact(tmp_path: Path) -> None:
    done = satledger(tmp_path, "compact")
    assert done.returncode == 1
    assert "run `satledger build` or `satledger demo`" in done.stderr


@pytest.mark.parametrize("step", [1, 2], ids=["before the new file is in place", "when it just is"])
def test_killed_it_leaves_a_whole_file(worn: Path, step: int) -> None:
    warehouse = worn / "warehouse.duckdb"
    rows, old = tables(warehouse), warehouse.read_bytes()
    # The copy is synced before it is renamed, its folder afterwards.
    code = f"""
import os, signal
from dagster_project.settings import Settings
from dagster_project.warehouse.compaction import compact
left = {step}
def sync(descriptor):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = sync
compact(Settings())
"""
    killed = subprocess.run([sys.executable, "-c", code], env=environment(SATLEDGER_HOME=str(worn)), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (warehouse.read_bytes() == old) == (step == 1)
    assert tables(warehouse) == rows
    assert satledger(worn, "compact").returncode == 0
    assert tables(warehouse) == rows
    assert not list(worn.glob(f"{ASIDE}*"))


@contextmanager
def _unchanged(home: Path) -> Iterator[None]:
    """The warehouse is, byte by byte, the same afterwards, with nothing beside it."""
    warehouse = home / "warehouse.duckdb"
    before = warehouse.read_bytes()
    yield
    assert warehouse.read_bytes() == before
    assert not list(home.glob(f"{ASIDE}*"))


def _catalogue(path: Path) -> list[list[tuple[object, ...]]]:
    """All tables, columns and views with their descriptions, and all constraints."""
    with duckdb.connect(path, read_only=True) as connection:
        return [
            connection.execute(f"select {columns} from duckdb_{kind}() where not internal order by all").fetchall()
            for kind, columns in (
                ("tables", "table_name, comment"),
                ("columns", "table_name, column_name, data_type, comment"),
                ("views", "view_name, sql, comment"),
            )
        ]


def _count(warehouse: Path, relation: str) -> int:
    with duckdb.connect(warehouse, read_only=True) as connection:
        return len(connection.execute(f"from {relation}").fetchall())
