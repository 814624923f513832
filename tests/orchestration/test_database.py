"""Errors of DuckDB as one sentence, and the published copy."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.publish.copy import publish
from dagster_project.warehouse.database import explained, reading

MODELS = {
    "facts": {
        "description": "What's known.",
        "columns": {"number": {"description": "A number."}},
        "config": {"meta": {"public": True, "order_by": "number"}},
    }
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create table facts as select * from (values (2), (1), (3)) as t (number)")
        connection.execute("create table secret as select 1 as number")
    return path


def test_a_locked_warehouse_names_the_process_that_holds_it(warehouse: Path) -> None:
    code = f"import duckdb, time; c = duckdb.connect({str(warehouse)!r}); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            with pytest.raises(SatledgerError, match=f"is locked by process {holder.pid} "), reading(warehouse):
                pass
        finally:
            holder.kill()


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="is full: free some space"), explained(tmp_path / "warehouse.duckdb"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_other_errors_are_left_alone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), explained(tmp_path / "warehouse.duckdb"):
        (tmp_path / "nothing").read_text()


def test_the_copy_has_the_public_tables_in_order_with_their_descriptions(warehouse: Path, tmp_path: Path) -> None:
    published = tmp_path / "published" / "satledger.duckdb"
    assert publish(warehouse, published, MODELS) == {"facts": 3}
    with reading(published) as connection:
        assert connection.execute("show tables").fetchall() == [("facts",)]
        assert connection.execute("from facts").fetchall() == [(1,), (2,), (3,)]
        assert connection.execute("select comment from duckdb_tables()").fetchall() == [("What's known.",)]
        assert connection.execute("select comment from duckdb_columns() where comment is not null").fetchall() == [
            ("A number.",)
        ]
    assert [path.name for path in published.parent.iterdir()] == ["satledger.duckdb"]


def test_a_reader_of_the_old_copy_goes_on_reading_it(warehouse: Path, tmp_path: Path) -> None:
    published = tmp_path / "satledger.duckdb"
    publish(warehouse, published, MODELS)
    with reading(published) as before:
        with duckdb.connect(warehouse) as connection:
            connection.execute("insert into facts values (4)")
        publish(warehouse, published, MODELS)
        assert before.execute("select count(*) from facts").fetchone() == (3,)
    with reading(published) as after:
        assert after.execute("select count(*) from facts").fetchone() == (4,)


def test_a_copy_that_cannot_be_made_leaves_the_old_one(warehouse: Path, tmp_path: Path) -> None:
    published = tmp_path / "satledger.duckdb"
    publish(warehouse, published, MODELS)
    before = published.read_bytes()
    with pytest.raises(duckdb.CatalogException):
        publish(warehouse, published, MODELS | {"missing": MODELS["facts"]})
    assert published.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["satledger.duckdb", "warehouse.duckdb"]


def test_nothing_public_is_an_error(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="No dbt model is public"):
        publish(warehouse, tmp_path / "satledger.duckdb", {})
