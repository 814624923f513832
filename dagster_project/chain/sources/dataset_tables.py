"""The two tables of the AWS public Bitcoin data set (v1.0), read with DuckDB from a folder or from S3."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb

from dagster_project.chain.staging import quoted
from dagster_project.errors import SatledgerError

# Where the data set lives; its bucket may be read by anyone, without an account.
S3_SETTINGS: Mapping[str, object] = {"s3_region": "us-east-2"}

# An amount is a double in BTC. Multiplied by 10^8 it is off by some units in the last place, not by more.
SATOSHI = """
    CREATE OR REPLACE TEMP MACRO satoshi(btc) AS CASE
        WHEN btc IS NULL THEN NULL
        WHEN abs(btc * 1e8 - round(btc * 1e8)) <= 1e-9 + 1e-15 * abs(btc * 1e8) THEN CAST(round(btc * 1e8) AS BIGINT)
        ELSE error('the amount ' || btc || ' BTC is not a whole number of satoshi')
    END
"""
ADDRESSES = "CASE WHEN coalesce(x.address, '') = '' THEN []::VARCHAR[] ELSE [x.address] END"
INPUTS = f"""
    [{{'index': x.index::BIGINT, 'spent_transaction_hash': x.spent_transaction_hash,
        'spent_output_index': x.spent_output_index::BIGINT, 'script_asm': x.script_asm, 'script_hex': x.script_hex,
        'sequence': x.sequence::BIGINT, 'required_signatures': x.required_signatures::BIGINT, 'type': x.type,
        'addresses': {ADDRESSES}, 'value': satoshi(x.value)}} FOR x IN inputs]
"""
OUTPUTS = f"""
    [{{'index': x.index::BIGINT, 'script_asm': x.script_asm, 'script_hex': x.script_hex,
        'required_signatures': x.required_signatures::BIGINT, 'type': x.type,
        'addresses': {ADDRESSES}, 'value': satoshi(x.value)}} FOR x IN outputs]
"""


class Dataset:
    """A copy of the data set: folders ``blocks/date=YYYY-MM-DD`` and ``transactions/date=YYYY-MM-DD`` of Parquet.

    The date of a folder is that of the header time, so a block need not lie in the folder of its consensus day.
    """

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")
        self._is_remote = "://" in root

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make a connection able to read the data set.

        Raises:
            SatledgerError: it is on S3 and DuckDB's extension for that is not installed.
        """
        connection.execute(SATOSHI)
        if self._is_remote:
            connection.execute(f"LOAD {quoted(httpfs_extension())}")
            for name, value in S3_SETTINGS.items():
                connection.execute(f"SET {name} = {quoted(value)}")

    def dates(self, connection: duckdb.DuckDBPyConnection) -> list[date]:
        """Dates that have a folder of blocks, in order.

        Raises:
            SatledgerError: there are none, or the data set cannot be read.
        """
        with self._readable_errors():
            rows = connection.execute(f"""
                SELECT DISTINCT regexp_extract(file, '/date=(\\d{{4}}-\\d\\d-\\d\\d)/[^/]*$', 1) AS day
                FROM glob({quoted(f"{self._root}/blocks/date=*/*.parquet")}) WHERE day <> '' ORDER BY day
            """).fetchall()
        if not rows:
            raise SatledgerError(
                f"There are no folders blocks/date=YYYY-MM-DD with Parquet files in {self._root}: point "
                "SATLEDGER_DATASET to a copy of the public data set, or to s3://aws-public-blockchain/v1.0/btc."
            )
        return [date.fromisoformat(day) for (day,) in rows]

    def stage_headers(self, connection: duckdb.DuckDBPyConnection, dates: Sequence[date]) -> None:
        """Create the table ``headers`` of all blocks in the folders of some dates.

        Raises:
            SatledgerError: the data set cannot be read.
        """
        with self._readable_errors():
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE headers AS
                SELECT number::BIGINT AS height, hash, nullif(previousblockhash, '') AS previous_hash,
                    epoch(timestamp)::BIGINT AS time, epoch(mediantime)::BIGINT AS median_time,
                    transaction_count::BIGINT AS transactions
                FROM {self._files("blocks", dates)}
            """)

    def stage(self, connection: duckdb.DuckDBPyConnection, dates: Sequence[date], heights: range) -> None:
        """Create ``staged_blocks`` and ``staged_transactions`` of some heights, found in the folders of some dates.

        Raises:
            SatledgerError: the data set cannot be read, or an amount is not a whole number of satoshi.
        """
        first, last = heights.start, heights.stop - 1
        with self._readable_errors():
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE staged_blocks AS
                SELECT hash, size::BIGINT AS size, stripped_size::BIGINT AS stripped_size, weight::BIGINT AS weight,
                    number::BIGINT AS number, version::BIGINT AS version, merkle_root,
                    epoch(timestamp)::BIGINT AS timestamp, lower(to_hex(nonce::BIGINT)) AS nonce, bits, coinbase_param,
                    transaction_count::BIGINT AS transaction_count, epoch(mediantime)::BIGINT AS median_time,
                    nullif(previousblockhash, '') AS previous_hash
                FROM {self._files("blocks", dates)} WHERE number BETWEEN {first} AND {last}
            """)
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE staged_transactions AS
                SELECT hash, size::BIGINT AS size, virtual_size::BIGINT AS virtual_size, version::BIGINT AS version,
                    lock_time::BIGINT AS lock_time, block_number::BIGINT AS block_number, block_hash,
                    epoch(block_timestamp)::BIGINT AS block_timestamp, is_coinbase, index::BIGINT AS index,
                    {INPUTS} AS inputs, {OUTPUTS} AS outputs, input_count::BIGINT AS input_count,
                    output_count::BIGINT AS output_count, satoshi(input_value) AS input_value,
                    satoshi(output_value) AS output_value, satoshi(fee) AS fee
                FROM {self._files("transactions", dates)} WHERE block_number BETWEEN {first} AND {last}
            """)

    def _files(self, table: str, dates: Sequence[date]) -> str:
        globs = ", ".join(quoted(f"{self._root}/{table}/date={day}/*.parquet") for day in dates)
        # By name: the small files of the day and the merged ones of the night need not agree in the order of columns.
        return f"read_parquet([{globs}], hive_partitioning = false, union_by_name = true)"

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            if "No space left" in str(error) or isinstance(error, duckdb.OutOfMemoryException):
                raise
            reason = str(error).splitlines()[0].rstrip(". ")
            raise SatledgerError(
                f"The public data set in {self._root} cannot be read ({reason}): see that it is there and whole, and "
                "try again, for its newest days are replaced every night."
            ) from None


def httpfs_extension() -> Path:
    """DuckDB's S3 client, from the Python package that carries it.

    Raises:
        SatledgerError: the package is not installed, or is for another version of DuckDB.
    """
    package = find_spec("duckdb_extension_httpfs")
    found = [
        path
        for folder in (package.submodule_search_locations or () if package else ())
        for path in Path(folder).glob(f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension")
    ]
    if not found:
        raise SatledgerError(
            f"Reading from S3 needs the package duckdb-extension-httpfs {duckdb.__version__}: install it with "
            "`uv sync --extra s3`, or download the data set and point SATLEDGER_DATASET to the folder."
        )
    return found[0]
