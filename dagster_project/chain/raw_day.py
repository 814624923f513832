"""The one writer of raw days: staged relations are checked, then written aside and renamed into place."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import duckdb

from dagster_project.chain.manifest import Manifest
from dagster_project.settings import Settings

BLOCK_COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "stripped_size": "BIGINT",
    "weight": "BIGINT",
    "number": "BIGINT",
    "version": "BIGINT",
    "merkle_root": "VARCHAR",
    "timestamp": "BIGINT",
    "nonce": "VARCHAR",
    "bits": "VARCHAR",
    "coinbase_param": "VARCHAR",
    "transaction_count": "BIGINT",
    "median_time": "BIGINT",
    "previous_hash": "VARCHAR",
}

OUTPUT_FIELDS = (
    "index BIGINT, script_asm VARCHAR, script_hex VARCHAR, required_signatures BIGINT, type VARCHAR, "
    "addresses VARCHAR[], value BIGINT"
)
INPUT_FIELDS = (
    "index BIGINT, spent_transaction_hash VARCHAR, spent_output_index BIGINT, script_asm VARCHAR, script_hex VARCHAR, "
    "sequence BIGINT, required_signatures BIGINT, type VARCHAR, addresses VARCHAR[], value BIGINT"
)
TRANSACTION_COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "virtual_size": "BIGINT",
    "version": "BIGINT",
    "lock_time": "BIGINT",
    "block_number": "BIGINT",
    "block_hash": "VARCHAR",
    "block_timestamp": "BIGINT",
    "is_coinbase": "BOOLEAN",
    "index": "BIGINT",
    "inputs": f"STRUCT({INPUT_FIELDS})[]",
    "outputs": f"STRUCT({OUTPUT_FIELDS})[]",
    "input_count": "BIGINT",
    "output_count": "BIGINT",
    "input_value": "BIGINT",
    "output_value": "BIGINT",
    "fee": "BIGINT",
}


def write_raw_days(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[date],
    source: str,
    versions: Mapping[str, str],
) -> Iterator[Manifest]:
    """Check the staged blocks of some consecutive days, then write each day and yield its manifest.

    Reads the relations ``staged_blocks`` (BLOCK_COLUMNS) and ``staged_transactions`` (TRANSACTION_COLUMNS) of the
    connection (see ``staging.py``), in any row order; what belongs to other days than those asked for is left alone.
    A day without blocks is written empty. Nothing is written unless all the days asked for pass all checks.

    Raises:
        SourceChangedError: the first block's parent is not the lake's last block of the day before.
        SatledgerError: the blocks are not whole, or the disk is full; the sentence names the height.
    """
    raise NotImplementedError
    yield
