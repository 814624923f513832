"""ZSTD Parquet read by many threads gives the values that were written (docs/scale.md, "The version of DuckDB")."""

from importlib import metadata
from pathlib import Path

import duckdb
import pytest

ROWS = 3_000_000
ROW_GROUP = 8_192
THREADS = 32

# Values of the kinds that the lake has: satoshis as integers, decimals, texts and lists.
MADE = """
    select
        range as id,
        cast(range % 997 * 1.25 as decimal(18, 4)) as amount,
        range * 5_000_000_003 % 2_100_000_000_000_000 as satoshis,
        'account' || range % 10_007 as account,
        [range % 7, range % 11] as parts
    from range({first}, {last})
"""
# Equal for equal rows in any order; a single wrong value changes it.
DIGEST = "select count(*), sum(amount), sum(satoshis), bit_xor(hash(made)), sum(hash(made)) from ({query}) as made"


@pytest.mark.parametrize("threads", [1, THREADS])
def test_values_read_are_the_values_written(tmp_path: Path, threads: int) -> None:
    with duckdb.connect(config={"threads": threads}) as connection:
        expected = connection.execute(DIGEST.format(query=MADE.format(first=0, last=ROWS))).fetchone()
        for number in range(4):
            made = MADE.format(first=number * ROWS // 4, last=(number + 1) * ROWS // 4)
            connection.execute(
                f"copy ({made}) to '{tmp_path}/{number}.parquet' "
                f"(format parquet, compression zstd, row_group_size {ROW_GROUP})"
            )
        groups = connection.execute(
            f"select count(distinct (file_name, row_group_id)) from parquet_metadata('{tmp_path}/*.parquet')"
        ).fetchone()
        assert groups is not None
        # Several for each thread: only then do they read at the same time.
        assert groups[0] >= 8 * THREADS
        for _ in range(3):
            assert connection.execute(DIGEST.format(query=f"from '{tmp_path}/*.parquet'")).fetchone() == expected


def test_the_versions_of_duckdb_and_of_its_s3_client_are_the_same() -> None:
    assert metadata.version("duckdb-extension-httpfs") == duckdb.__version__
