"""Errors of DuckDB as one sentence, and the published copy."""

import errno
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.database import explained, reading
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.publish.copy import publish
from dagster_project.publish.state import RECORDS
from dagster_project.settings import Settings
from dagster_project.warehouse.publication import (
    Unpublished,
    mark_published,
    mark_unpublished,
    unpublished,
    unpublished_days,
)

DAY = date(2024, 1, 10)
BESIDE = {"satledger.duckdb", "satledger.duckdb.sha256", "files.json", "tables"}

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
        found = {name for (name,) in connection.execute("show tables").fetchall()}
        assert found - RECORDS == {"facts"}
        assert connection.execute("from facts").fetchall() == [(1,), (2,), (3,)]
        comments = "select comment from {} where table_name = 'facts'"
        assert connection.execute(comments.format("duckdb_tables()")).fetchall() == [("What's known.",)]
        assert connection.execute(comments.format("duckdb_columns()")).fetchall() == [("A number.",)]
    assert {path.name for path in published.parent.iterdir()} == BESIDE


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
    assert {path.name for path in tmp_path.iterdir()} == BESIDE | {"warehouse.duckdb"}


def test_nothing_public_is_an_error(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="No dbt model is public"):
        publish(warehouse, tmp_path / "satledger.duckdb", {})


VALUES = {"files": "days", "day_column": "time", "order_by": "time"}
BY_DAY = {
    "built_days": {"description": "", "columns": {}, "config": {"materialized": "incremental"}},
    "values": {"description": "", "columns": {}, "config": {"meta": VALUES}},
    "names": {"description": "", "columns": {}, "config": {}},
}


@pytest.fixture
def ten_days(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create table built_days as select date '2024-01-01' + i::int as day from range(10) t (i)")
        connection.execute('create table "values" as select day as time, 1 as value from built_days')
        connection.execute("create table names as select 'a' as name")
    return path


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Rows of all tables, in order."""
    with reading(path) as connection:
        return {name: connection.execute(f'from "{name}" order by all').fetchall() for name in sorted(BY_DAY)}


def test_of_a_copy_with_the_same_tables_only_the_given_days_are_replaced(ten_days: Path, tmp_path: Path) -> None:
    published = tmp_path / "satledger.duckdb"
    publish(ten_days, published, BY_DAY)
    with duckdb.connect(ten_days) as connection:
        connection.execute('update "values" set value = 2')
        connection.execute("delete from built_days where day = '2024-01-10'")
        connection.execute("insert into built_days values ('2024-01-11')")
        connection.execute("insert into names values ('b')")
    changed = Days(date(2024, 1, 9), date(2024, 1, 11))
    assert publish(ten_days, published, BY_DAY, changed) == {"built_days": 10, "values": 10, "names": 2}
    found = contents(published)
    # Days that were not named keep what they had: nobody looked at them.
    assert [value for _, value in found["values"]] == [1] * 8 + [2] * 2
    expected = contents(ten_days)
    assert (found["built_days"], found["names"]) == (expected["built_days"], expected["names"])


@pytest.mark.parametrize(
    ("changed", "statement"),
    [
        (None, "select 1"),
        (Days(date(2024, 1, 10), date(2024, 1, 10)), 'alter table "values" add column more integer'),
    ],
)
def test_everything_is_copied_where_that_is_safer(
    ten_days: Path, tmp_path: Path, changed: Days | None, statement: str
) -> None:
    published = tmp_path / "satledger.duckdb"
    publish(ten_days, published, BY_DAY)
    with duckdb.connect(ten_days) as connection:
        connection.execute('update "values" set value = 2')
        connection.execute(statement)
    publish(ten_days, published, BY_DAY, changed)
    assert contents(published) == contents(ten_days)


def test_a_copy_that_cannot_be_opened_is_made_anew(ten_days: Path, tmp_path: Path) -> None:
    published = tmp_path / "satledger.duckdb"
    published.write_bytes(b"no database")
    publish(ten_days, published, {name: BY_DAY[name] for name in ("built_days", "values")}, Days(DAY, DAY))
    with reading(published) as connection:
        assert connection.execute("select count(*) from built_days").fetchone() == (10,)


def test_days_that_await_publishing_add_up(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert unpublished_days(settings) is None
    for days in (Days(DAY, DAY), Days(date(2024, 3, 1), date(2024, 3, 2)), None):
        mark_unpublished(settings, Unpublished.BUILDING, days)
    assert unpublished(settings) is Unpublished.BUILDING
    assert unpublished_days(settings) == Days(DAY, date(2024, 3, 2))
    mark_published(settings)
    assert unpublished(settings) is None
    # What differs is not known: then it stays unknown, whatever is built next.
    for days in (None, Days(DAY, DAY)):
        mark_unpublished(settings, Unpublished.BUILT, days)
    assert unpublished(settings) is Unpublished.BUILT
    assert unpublished_days(settings) is None
