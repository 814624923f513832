"""The two tables of the AWS public Bitcoin data set (v1.0), read with DuckDB from a folder or from S3."""

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb

from dagster_project.chain.sources.dataset_files import DatasetFiles
from dagster_project.chain.sources.row_problems import (
    BLOCK_VALUES,
    NO_INPUTS,
    TRANSACTION_VALUES,
    missing_values,
    problem_case,
    problems_of_parts,
)
from dagster_project.chain.sources.unresolved import SUM_OF_OUTPUTS, UNRESOLVED_FEE, UNRESOLVED_WITNESS_INPUTS
from dagster_project.errors import SatledgerError
from dagster_project.lake.staging import quoted

# The region of the data set's bucket, which anyone may read without an account.
S3_SETTINGS: Mapping[str, object] = {"s3_region": "us-east-2"}

# What is read of each table. A day's files have only the columns, and the fields of inputs and outputs, for which the
# day has a value. A missing one is read as null.
BLOCKS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "stripped_size": "BIGINT",
    "weight": "BIGINT",
    "number": "BIGINT",
    "version": "BIGINT",
    "merkle_root": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "nonce": "BIGINT",
    "bits": "VARCHAR",
    "coinbase_param": "VARCHAR",
    "transaction_count": "BIGINT",
    "mediantime": "TIMESTAMP",
    "previousblockhash": "VARCHAR",
}
SCRIPT = (
    "index BIGINT, script_asm VARCHAR, script_hex VARCHAR, required_signatures BIGINT, type VARCHAR, address VARCHAR, "
    "value DOUBLE"
)
INPUT = f"spent_transaction_hash VARCHAR, spent_output_index BIGINT, sequence BIGINT, txinwitness VARCHAR[], {SCRIPT}"
TRANSACTIONS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "virtual_size": "BIGINT",
    "version": "BIGINT",
    "lock_time": "BIGINT",
    "block_number": "BIGINT",
    "block_hash": "VARCHAR",
    "block_timestamp": "TIMESTAMP",
    "is_coinbase": "BOOLEAN",
    "index": "BIGINT",
    "inputs": f"STRUCT({INPUT})[]",
    "outputs": f"STRUCT({SCRIPT})[]",
    "input_count": "BIGINT",
    "output_count": "BIGINT",
    "output_value": "DOUBLE",
}

# An amount is a double in BTC. Multiplied by 10^8 it is off by some units in the last place, not by more. Null where it
# is not a whole number of satoshi.
MACROS = """
    CREATE OR REPLACE TEMP MACRO satoshi(btc) AS CASE
        WHEN abs(btc * 1e8 - round(btc * 1e8)) <= 1e-9 + 1e-15 * abs(btc * 1e8)
            THEN TRY_CAST(round(btc * 1e8) AS BIGINT)
    END;
    -- A sum of doubles is off by at most a unit in the last place for each of its terms.
    CREATE OR REPLACE TEMP MACRO is_sum(btc, satoshi, terms) AS
        abs(btc * 1e8 - satoshi) <= 0.01 + 2.3e-16 * (terms + 2) * abs(btc * 1e8);
    -- As bitcoin-etl names a script that the node gives no address.
    CREATE OR REPLACE TEMP MACRO nonstandard(script_hex) AS
        'nonstandard' || sha256(coalesce(TRY(unhex(script_hex)), ''::BLOB))[:40]
"""
ADDRESSES = "CASE WHEN coalesce(x.address, '') = '' THEN []::VARCHAR[] ELSE [x.address] END"
INPUTS = f"""
    [{{'index': x.index, 'spent_transaction_hash': x.spent_transaction_hash,
        'spent_output_index': x.spent_output_index, 'script_asm': x.script_asm, 'script_hex': x.script_hex,
        'sequence': x.sequence, 'txinwitness': x.txinwitness, 'required_signatures': NULL::BIGINT, 'type': x.type,
        'addresses': {ADDRESSES}, 'value': satoshi(x.value)}} FOR x IN inputs]
"""
# As bitcoin-etl writes outputs today, so that a day has the same bytes from every source. required_signatures is null
# because only old nodes give it.
OUTPUTS = """
    [{'index': x.index, 'script_asm': x.script_asm, 'script_hex': x.script_hex, 'required_signatures': NULL::BIGINT,
        'type': CASE WHEN coalesce(x.address, '') = '' THEN 'nonstandard' ELSE x.type END,
        'addresses': [CASE WHEN coalesce(x.address, '') = '' THEN nonstandard(x.script_hex) ELSE x.address END],
        'value': satoshi(x.value)} FOR x IN outputs]
"""

BLOCK_PROBLEMS = missing_values(*BLOCK_VALUES, "mediantime")
TRANSACTION_PROBLEMS = [
    *missing_values(*TRANSACTION_VALUES),
    NO_INPUTS,
    *problems_of_parts("inputs", "input", "spent_transaction_hash", "spent_output_index"),
    *problems_of_parts("outputs", "output", "index", "script_hex", "value"),
    *(
        (
            f"len([x FOR x IN {part} IF x.value IS NOT NULL AND satoshi(x.value) IS NULL]) > 0",
            f"'the amount ' || [x.value FOR x IN {part} IF x.value IS NOT NULL AND satoshi(x.value) IS NULL][1] || "
            "' BTC is not a whole number of satoshi'",
        )
        for part in ("outputs", "inputs")
    ),
    (
        "NOT coalesce(is_sum(output_value, list_sum([satoshi(x.value) FOR x IN outputs]), len(outputs)), true)",
        "'output_value is ' || output_value || ' BTC, but the outputs add up to ' || "
        "list_sum([satoshi(x.value) FOR x IN outputs]) || ' satoshi'",
    ),
]


class Dataset:
    """A copy of the data set: folders ``blocks/date=YYYY-MM-DD`` and ``transactions/date=YYYY-MM-DD`` of Parquet.

    The date of a folder is that of the header time, so a block need not lie in the folder of its consensus day.

    Attributes:
        files: the files.
    """

    def __init__(self, root: str) -> None:
        self.files = DatasetFiles(root)

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Prepare a connection to read the data set.

        Raises:
            SatledgerError: it is on S3 and DuckDB's extension for that is not installed.
        """
        connection.execute(MACROS)
        if self.files.is_remote:
            connection.execute(f"LOAD {quoted(httpfs_extension())}")
            for name, value in S3_SETTINGS.items():
                connection.execute(f"SET {name} = {quoted(value)}")

    def stage_headers(self, connection: duckdb.DuckDBPyConnection, dates: Sequence[date]) -> None:
        """Create the table ``headers`` of all blocks in the folders of some dates.

        Raises:
            SatledgerError: the data set cannot be read, or a block lacks a value that is needed.
        """
        with self.files.readable_errors():
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE headers AS
                SELECT number AS height, hash, nullif(previousblockhash, '') AS previous_hash,
                    epoch(timestamp)::BIGINT AS time, epoch(mediantime)::BIGINT AS median_time,
                    transaction_count AS transactions, filename, file_row_number,
                    {problem_case(BLOCK_PROBLEMS)} AS problem
                FROM {self._rows("blocks", BLOCKS, dates)}
            """)
        self._refuse_problems(connection, "headers")

    def stage(self, connection: duckdb.DuckDBPyConnection, dates: Sequence[date], heights: range) -> None:
        """Create ``staged_blocks`` and ``staged_transactions`` of some heights, found in the folders of some dates.

        Also creates ``resolved_transactions``: the same transactions with what the data set says of the outputs that
        they spend. A raw day does not keep that, because the ledger finds it by itself.

        Raises:
            SatledgerError: the data set cannot be read, or a row lacks what is needed or has an impossible amount.
        """
        first, last = heights.start, heights.stop - 1
        with self.files.readable_errors():
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE staged_blocks AS
                SELECT hash, size, stripped_size, weight, number, version, merkle_root,
                    epoch(timestamp)::BIGINT AS timestamp, lower(to_hex(nonce)) AS nonce, bits, coinbase_param,
                    transaction_count, epoch(mediantime)::BIGINT AS median_time,
                    nullif(previousblockhash, '') AS previous_hash
                FROM {self._rows("blocks", BLOCKS, dates)} WHERE number BETWEEN {first} AND {last}
            """)
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE resolved_transactions AS
                SELECT hash, size, virtual_size, version, lock_time, block_number, block_hash,
                    epoch(block_timestamp)::BIGINT AS block_timestamp, is_coinbase, index, {INPUTS} AS inputs,
                    {OUTPUTS} AS outputs, input_count, output_count, filename, file_row_number,
                    {problem_case(TRANSACTION_PROBLEMS)} AS problem
                FROM {self._rows("transactions", TRANSACTIONS, dates)}
                -- A row that does not say its block is kept for the check that refuses it.
                WHERE coalesce(block_number BETWEEN {first} AND {last}, true)
            """)
        self._refuse_problems(connection, "resolved_transactions")
        # The sums are computed from the outputs, because the data set's own are sums of doubles.
        connection.execute(f"""
            CREATE OR REPLACE TEMP VIEW staged_transactions AS
            SELECT * EXCLUDE (filename, file_row_number, problem) REPLACE ({UNRESOLVED_WITNESS_INPUTS} AS inputs),
                0::BIGINT AS input_value, {SUM_OF_OUTPUTS} AS output_value,
                {UNRESOLVED_FEE} AS fee
            FROM resolved_transactions
        """)

    def _rows(self, table: str, columns: Mapping[str, str], dates: Sequence[date]) -> str:
        """The rows of a table in the folders of some dates, with these columns whatever the files have.

        Columns are matched by name: the small files of the day and the merged ones of the night may have different
        columns.
        """
        globs = ", ".join(self.files.glob(table, day) for day in dates)
        nulls = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
        casts = ", ".join(f"{name}::{kind} AS {name}" for name, kind in columns.items())
        return f"""(
            SELECT {casts}, filename, file_row_number FROM (
                (SELECT {nulls} LIMIT 0) UNION ALL BY NAME (FROM read_parquet([{globs}],
                    hive_partitioning = false, union_by_name = true, filename = true, file_row_number = true))
            )
        )"""

    def _refuse_problems(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        found = connection.execute(f"""
            SELECT filename, file_row_number + 1, problem FROM {table} WHERE problem IS NOT NULL ORDER BY ALL LIMIT 1
        """).fetchone()
        if found:
            file, row, problem = found
            raise self.files.unreadable(f"{file}, row {row}: {problem}")


def httpfs_extension() -> Path:
    """DuckDB's S3 client, from the Python package that contains it.

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
