"""What is published is read without satledger: by Polars, pandas and the command line of DuckDB."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

from dagster_project.publish.state import VARIABLE
from tests.publishing.ledger import Ledger, since_first

DUCKDB = Path(sys.executable).with_name("duckdb")
SUMS = "select count(*), sum(value), min(account), max(day)::varchar from entries"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    found = Ledger(tmp_path_factory.mktemp("ledger"))
    found.build(*since_first(60))
    found.publish()
    return found


@pytest.fixture(scope="module")
def files(ledger: Ledger) -> list[str]:
    """The files of one table, as files.json names them."""
    named = json.loads(ledger.published.with_name("files.json").read_text(encoding="utf-8"))
    return [str(ledger.published.parent / file) for file in named["tables"]["entries"]]


@pytest.fixture(scope="module")
def expected(ledger: Ledger) -> tuple[object, ...]:
    with duckdb.connect(ledger.warehouse, read_only=True) as connection:
        (row,) = connection.execute(SUMS).fetchall()
    return row


def test_the_list_names_the_files_that_count(ledger: Ledger, files: list[str]) -> None:
    assert {str(ledger.published.parent / file) for file in ledger.files()} >= set(files)
    assert len(files) == 2 + 18


def test_polars(files: list[str], expected: tuple[object, ...]) -> None:
    frame = pl.scan_parquet(files)
    found = frame.select(
        pl.len(), pl.col("value").sum(), pl.col("account").min(), pl.col("day").max().cast(pl.String).alias("last")
    )
    assert found.collect().row(0) == expected


def test_pandas(files: list[str], expected: tuple[object, ...]) -> None:
    frame = pd.concat(pd.read_parquet(file) for file in files)
    assert (len(frame), frame["value"].sum(), frame["account"].min(), str(frame["day"].max())[:10]) == expected


def asked(folder: Path, database: Path, *statements: str) -> list[str]:
    """The rows that DuckDB's command line prints, started in a folder."""
    command = [str(DUCKDB), "-readonly", "-noheader", "-csv", str(database), "-c", "; ".join(statements)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_command_line_of_duckdb(ledger: Ledger, tmp_path: Path, expected: tuple[object, ...]) -> None:
    line = ",".join(map(str, expected))
    assert asked(tmp_path, ledger.published, SUMS) == [line]
    # From a folder that was moved, as docs/sql.md says.
    place = ledger.published.parent.rename(tmp_path / "moved")
    try:
        told = f"set variable {VARIABLE} = '{place}'"
        assert asked(Path("/"), place / ledger.published.name, told, SUMS) == [line]
    finally:
        place.rename(ledger.published.parent)
